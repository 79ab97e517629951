import type { Written } from "./journal.ts";
import { recoveries, type Recovery } from "./recovery.ts";
import type { ChaosSettings } from "./settings.ts";
import type { Verdict } from "./verify.ts";
import type { Testimony } from "./witness.ts";

export interface ChaosReport {
  readonly seed: number;
  readonly seconds: number;
  /** How often each fault was done. */
  readonly faults: Readonly<Record<string, number>>;
  readonly tasks: {
    readonly acknowledged: number;
    readonly claims: number;
    readonly ends: Readonly<Record<string, number>>;
  };
  readonly writes: {
    readonly settled: number;
    readonly settledRefused: number;
    readonly published: number;
    readonly publishedRefused: number;
    /** Tried on purpose by runners that woke up after their leases. */
    readonly lateTried: number;
    readonly lateRefused: number;
  };
  readonly parents: {
    readonly waited: number;
    /** Whose handlers ran once more, for what comes after. */
    readonly continued: number;
    /** That had ended, and wait again for children that are tried again. */
    readonly reopened: number;
    /** How those with children ended. */
    readonly ends: Readonly<Record<string, number>>;
  };
  readonly cronFirings: number;
  readonly recovery: readonly Recovery[];
  readonly verdict: Verdict;
}

const countBy = <T>(items: readonly T[], by: (item: T) => string): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const item of items) counts[by(item)] = (counts[by(item)] ?? 0) + 1;
  return counts;
};

export const makeReport = (
  settings: ChaosSettings,
  journal: readonly Written[],
  testimony: Testimony,
  verdict: Verdict,
): ChaosReport => {
  const settled = journal.filter((entry) => entry.type === "settled");
  const published = journal.filter((entry) => entry.type === "published");
  const late = journal.flatMap((entry) => ("late" in entry && entry.late ? [entry] : []));
  const moves = (isIt: (change: Testimony["history"][number]) => boolean) => testimony.history.filter(isIt).length;
  const isRefused = (entry: (typeof late)[number]) =>
    entry.type === "settled" ? entry.status === null : !entry.accepted;
  return {
    seed: settings.seed,
    seconds: settings.seconds,
    faults: countBy(
      journal.flatMap((entry) => (entry.type === "fault" ? [entry.fault] : [])),
      (fault) => fault,
    ),
    tasks: {
      acknowledged: new Set(journal.flatMap((entry) => (entry.type === "added" ? entry.ids : []))).size,
      claims: testimony.history.filter(({ was, status }) => was === "pending" && status === "running").length,
      ends: countBy(testimony.tasks, ({ status, error }) => (status === "failed" ? `failed ${error}` : status)),
    },
    writes: {
      settled: settled.filter(({ status }) => status !== null).length,
      settledRefused: settled.filter(({ status }) => status === null).length,
      published: published.filter(({ accepted }) => accepted).length,
      publishedRefused: published.filter(({ accepted }) => !accepted).length,
      lateTried: late.length,
      lateRefused: late.filter(isRefused).length,
    },
    parents: {
      waited: moves(({ status }) => status === "waiting"),
      continued: moves(({ status, continuation }) => status === "running" && continuation === 1),
      reopened: moves(({ was, status }) => status === "waiting" && ["done", "failed", "cancelled"].includes(was)),
      ends: countBy(
        testimony.tasks.filter(({ children }) => children > 0),
        ({ status, policy }) => `${status} (${policy})`,
      ),
    },
    cronFirings: testimony.firings.length,
    recovery: recoveries(journal, testimony.history),
    verdict,
  };
};

const WORDS: Readonly<Record<keyof Verdict, string>> = {
  lost: "lost",
  twoLeases: "two live leases",
  lateWritesAccepted: "late writes accepted",
  doublePublished: "published twice, or not kept",
  overLimit: "lane over its limit",
  overRate: "lane over its rate",
  overAttempts: "attempts or crashes over their limit",
  cronTwice: "cron fired twice",
  drift: "counts that drifted, parents that hang",
  parents: "parents out of turn, or failed against their policy",
  defects: "defects that workers told of",
};

export const findings = (verdict: Verdict): readonly string[] => Object.values(verdict).flat();

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const SLOW_MS = 30_000;

/** By the length of the lease: until a dead runner's task is claimable, and until it runs; what took long, with what else was going on. */
const describeRecovery = (recovery: readonly Recovery[]): string[] => {
  const spread = (times: readonly number[]): string => {
    const sorted = times.toSorted((a, b) => a - b);
    return `p50 ${seconds(sorted[Math.floor(sorted.length / 2)] ?? 0)}, max ${seconds(sorted.at(-1) ?? 0)}`;
  };
  const leases = [...new Set(recovery.map(({ leaseMs }) => leaseMs))].toSorted((a, b) => b - a);
  return leases.flatMap((leaseMs) => {
    const own = recovery.filter((each) => each.leaseMs === leaseMs);
    return [
      `  recovery  from SIGKILL, lease ${seconds(leaseMs)}, ${own.length} tasks: claimable ${spread(own.map(({ backMs }) => backMs))}; running elsewhere ${spread(own.map(({ runMs }) => runMs))}`,
      ...own
        .filter(({ runMs }) => runMs > SLOW_MS)
        .map(
          ({ lane, backMs, runMs, meanwhile }) =>
            `            ${seconds(runMs)} in lane ${lane}, claimable after ${seconds(backMs)}; meanwhile ${meanwhile.join(", ")}`,
        ),
    ];
  });
};

export const describeReport = (report: ChaosReport): string => {
  const { tasks, writes, parents, verdict } = report;
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ");
  return [
    `chaos: ${report.seconds} s, seed ${report.seed}`,
    `  tried     ${list(report.faults)}`,
    `  tasks     ${tasks.acknowledged} added and acknowledged, ${tasks.claims} claims; ends: ${list(tasks.ends)}`,
    `  writes    ${writes.settled} settled (${writes.settledRefused} refused), ${writes.published} published (${writes.publishedRefused} refused)`,
    `  late      ${writes.lateTried} writes tried by runners that had slept, ${writes.lateRefused} refused`,
    `  parents   waited ${parents.waited} times, ran on ${parents.continued} times, were opened again ${parents.reopened} times; ends: ${list(parents.ends)}`,
    `  cron      ${report.cronFirings} firings`,
    ...describeRecovery(report.recovery),
    "  found",
    ...Object.entries(verdict).flatMap(([what, cases]: [string, readonly string[]]) => [
      `    ${WORDS[what as keyof Verdict]}: ${cases.length}`,
      ...cases.slice(0, 20).map((line) => `      ${line}`),
    ]),
  ].join("\n");
};
