import type { Written } from "./journal.ts";
import { recoveryTimes } from "./recovery.ts";
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
  readonly cronFirings: number;
  /** From SIGKILL to running elsewhere, ms, by length of the lease. */
  readonly recovery: readonly {
    readonly leaseMs: number;
    readonly tasks: number;
    readonly p50: number;
    readonly max: number;
  }[];
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
    cronFirings: testimony.firings.length,
    recovery: [...recoveryTimes(journal, testimony.history)]
      .filter(([, times]) => times.length > 0)
      .map(([leaseMs, times]) => ({
        leaseMs,
        tasks: times.length,
        p50: times[Math.floor(times.length / 2)] ?? 0,
        max: times.at(-1) ?? 0,
      })),
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
  defects: "defects that workers told of",
};

export const findings = (verdict: Verdict): readonly string[] => Object.values(verdict).flat();

export const describeReport = (report: ChaosReport): string => {
  const { tasks, writes, verdict } = report;
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
    `  cron      ${report.cronFirings} firings`,
    ...report.recovery.map(
      ({ leaseMs, tasks, p50, max }) =>
        `  recovery  from SIGKILL to running elsewhere, lease ${leaseMs / 1000} s: p50 ${(p50 / 1000).toFixed(1)} s, max ${(max / 1000).toFixed(1)} s (${tasks} tasks)`,
    ),
    "  found",
    ...Object.entries(verdict).flatMap(([what, cases]: [string, readonly string[]]) => [
      `    ${WORDS[what as keyof Verdict]}: ${cases.length}`,
      ...cases.slice(0, 20).map((line) => `      ${line}`),
    ]),
  ].join("\n");
};
