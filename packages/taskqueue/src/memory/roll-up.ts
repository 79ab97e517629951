import { isTerminal, type TaskStatus } from "@chapterhouse/domain";
import type { StoredRow, TaskStore } from "./task-store.ts";

/** A step at work is worth this much of the whole, whatever it says. */
const STEP_AT_WORK = 0.05;
const MOST_OF_STEPS = 0.99;
const AT_WORK: ReadonlySet<TaskStatus> = new Set(["running", "waiting", "cancelling"]);

/** `TaskQueue.rollUp`, by looking at everything: PocketBase does better, and is held to the same. */
export const rollUp = (store: TaskStore): ReadonlyMap<string, number> => {
  const fractions = new Map<string, number>();
  // Children are added after their parents, so theirs are known when the parent's is asked for.
  for (const row of [...store.rows.values()].toReversed()) {
    const total = row.childTotal - row.failedBefore - row.cancelledBefore;
    if (isTerminal(row.status) || total === 0) continue;
    const over = row.childDone + row.childFailed - row.failedBefore + (row.childCancelled - row.cancelledBefore);
    const live = store.childrenOf(row.id).filter(({ status }) => !isTerminal(status));
    fractions.set(row.id, row.progress?.unit === "steps" ? ofSteps(over / total, live) : ofAll(over, live) / total);
  }
  return fractions;

  function ofAll(over: number, live: readonly StoredRow[]): number {
    return live.reduce((sum, child) => sum + (fractions.get(child.id) ?? ownFraction(child)), over);
  }
};

const ofSteps = (over: number, live: readonly StoredRow[]): number =>
  Math.min(MOST_OF_STEPS, over + (live.some(({ status }) => AT_WORK.has(status)) ? STEP_AT_WORK : 0));

const ownFraction = ({ status, progress }: StoredRow): number => {
  if (!AT_WORK.has(status) || !progress?.total) return 0;
  return Math.min(1, progress.done / progress.total);
};
