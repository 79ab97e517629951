import type { ChildCounts, TaskError, TaskEvent } from "@chapterhouse/domain";
import { childCounts, type TaskRow } from "../task-row.ts";

export interface Verdict {
  readonly event: TaskEvent;
  /** Null where its children's ends are no error of its own. */
  readonly error: TaskError | null;
}

/** What the ends of this run's children mean for a parent that waits: its policy says it. */
export const verdict = (row: TaskRow): Verdict => {
  const { onChildFailure: policy } = row;
  const children = childCounts(row);
  const { failed, cancelled } = children;
  if (policy === "fail" && failed > 0) return { event: "children_failed", error: childrenFailed(children) };
  if (policy === "fail" && cancelled > 0) return { event: "children_cancelled", error: null };
  if (row.thenRun === 1) return { event: "children_resume", error: null };
  const isToldOf = policy === "finish_with_errors" && failed + cancelled > 0;
  return { event: "children_done", error: isToldOf ? childrenFailed(children) : null };
};

const childrenFailed = ({ total, done, failed, cancelled }: ChildCounts): TaskError => {
  const message = failed > 0 ? `${failed} of its tasks failed` : `${cancelled} of its tasks were cancelled`;
  return { code: "CHILDREN_FAILED", message, details: { total, done, failed, cancelled } };
};
