import { flowProgress } from "./processors/flow-progress.ts";
import { childCounts, type TaskRow } from "./task-row.ts";

/** What rolling up reads of a task that runs, waits or is cancelling. */
export type RowAtWork = Pick<
  TaskRow,
  | "id"
  | "parent"
  | "childTotal"
  | "childDone"
  | "childFailed"
  | "childCancelled"
  | "failedBefore"
  | "cancelledBefore"
  | "progress"
>;

/** A flow that lives is never whole. */
const MOST_OF_STEPS = 0.99;

/** `TaskQueue.rollUp` of all tasks at work. A task without children is as far as it says. */
export const rollUp = (rows: readonly RowAtWork[]): ReadonlyMap<string, number> => {
  const below = Map.groupBy(rows, ({ parent }) => parent);
  const fractions = new Map<string, number>();
  const fractionOf = (row: RowAtWork): number => {
    const { total, done, failed, cancelled } = childCounts(row);
    if (total === 0) return ownFraction(row);
    const known = fractions.get(row.id);
    if (known !== undefined) return known;
    const children = below.get(row.id) ?? [];
    const over = done + failed + cancelled;
    const fraction =
      row.progress?.unit === "steps"
        ? Math.min(ofSteps(row, total, children.length), MOST_OF_STEPS)
        : Math.min(children.reduce((sum, child) => sum + fractionOf(child), over) / total, 1);
    fractions.set(row.id, fraction);
    return fraction;
  };
  for (const row of rows) fractionOf(row);
  return fractions;
};

/** A flow adds its steps as it comes to them: it says itself how many there are. One that failed is none that is done. */
const ofSteps = ({ progress, childDone }: RowAtWork, added: number, atWork: number): number =>
  flowProgress({ total: progress?.total ?? added, done: childDone, atWork });

const ownFraction = ({ progress }: RowAtWork): number =>
  progress?.total ? Math.min(progress.done / progress.total, 1) : 0;
