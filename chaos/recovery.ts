import type { Written } from "./journal.ts";
import type { Change } from "./witness.ts";

/** What became of a task whose runner was killed. Times in ms from the SIGKILL. */
export interface Recovery {
  readonly leaseMs: number;
  readonly lane: string;
  /** Until it was taken back: claimable by others. */
  readonly backMs: number;
  /** Until it ran elsewhere. */
  readonly runMs: number;
  /** Other faults of the time between. */
  readonly meanwhile: readonly string[];
}

/** One for each task that a killed runner held, unless an operator had it first. */
export const recoveries = (journal: readonly Written[], history: readonly Change[]): readonly Recovery[] => {
  const boots = new Map(
    journal.flatMap((entry) => (entry.type === "boot" ? [[entry.pid, entry.runner] as const] : [])),
  );
  const faults = journal.flatMap((entry) => (entry.type === "fault" ? [entry] : []));
  const kills = faults.filter(({ fault }) => fault === "runnerKills");
  return kills.flatMap((kill) => {
    const runner = boots.get(kill.pid ?? 0);
    return [...(runner === undefined ? [] : heldAt(history, runner, kill.at))].flatMap((task) => {
      const later = history.filter((change) => change.task === task && change.at > kill.at);
      const [back, run] = later;
      if (back?.status !== "pending" || run?.status !== "running") return [];
      const meanwhile = faults.filter((other) => other !== kill && other.at > kill.at - 5000 && other.at < run.at);
      return [
        {
          leaseMs: kill.leaseMs ?? 0,
          lane: run.lane,
          backMs: back.at - kill.at,
          runMs: run.at - kill.at,
          meanwhile: meanwhile.map(({ fault }) => fault),
        },
      ];
    });
  });
};

/** What the runner held when it died: claimed by it, and given up neither before nor in that moment. */
const heldAt = (history: readonly Change[], runner: string, at: number): Set<string> => {
  const held = new Set<string>();
  for (const change of history) {
    if (change.at > at) break;
    if (change.status === "running" && change.runner === runner) held.add(change.task);
    else held.delete(change.task);
  }
  return held;
};
