import type { TaskError, TaskEvent } from "@chapterhouse/domain";
import type { TaskRow } from "../task-row.ts";

export interface Verdict {
  readonly event: TaskEvent;
  /** Null where its children's ends are no error of its own. */
  readonly error: TaskError | null;
}

/** What the ends of this run's children mean for a parent that waits: its policy says it. */
export const verdict = (row: TaskRow): Verdict => {
  const failed = row.childFailed - row.failedBefore;
  const cancelled = row.childCancelled - row.cancelledBefore;
  const areAllDone = failed + cancelled === 0;
  if (row.onChildFailure === "fail" && failed > 0) return { event: "children_failed", error: childrenFailed(row) };
  if (row.onChildFailure === "fail" && cancelled > 0) return { event: "children_cancelled", error: null };
  if (row.thenRun === 1) return { event: "children_resume", error: null };
  const isToldOf = row.onChildFailure === "finish_with_errors" && !areAllDone;
  return { event: "children_done", error: isToldOf ? childrenFailed(row) : null };
};

const childrenFailed = (row: TaskRow): TaskError => {
  const failed = row.childFailed - row.failedBefore;
  const cancelled = row.childCancelled - row.cancelledBefore;
  const total = row.childTotal - row.failedBefore - row.cancelledBefore;
  const message = failed > 0 ? `${failed} of its tasks failed` : `${cancelled} of its tasks were cancelled`;
  return { code: "CHILDREN_FAILED", message, details: { total, done: row.childDone, failed, cancelled } };
};
