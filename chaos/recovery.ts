import type { Written } from "./journal.ts";
import type { Change } from "./witness.ts";

/** From the SIGKILL of a runner to each of its tasks running elsewhere, ms, ascending; by the length of its lease. */
export const recoveryTimes = (journal: readonly Written[], history: readonly Change[]): Map<number, number[]> => {
  const boots = new Map(
    journal.flatMap((entry) => (entry.type === "boot" ? [[entry.pid, entry.runner] as const] : [])),
  );
  const times = new Map<number, number[]>();
  for (const kill of journal) {
    if (kill.type !== "fault" || kill.fault !== "runnerKills" || kill.pid === undefined) continue;
    const runner = boots.get(kill.pid);
    const leaseMs = kill.leaseMs ?? 0;
    const list = times.get(leaseMs) ?? [];
    times.set(leaseMs, list);
    for (const task of runner === undefined ? [] : heldAt(history, runner, kill.at)) {
      const next = history.find((change) => change.task === task && change.at > kill.at && change.was === "pending");
      if (next?.status === "running") list.push(next.at - kill.at);
    }
  }
  for (const list of times.values()) list.sort((a, b) => a - b);
  return times;
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
