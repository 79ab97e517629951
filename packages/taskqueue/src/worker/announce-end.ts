import type { TaskError, TaskStatus } from "@chapterhouse/domain";
import type { TaskEvents } from "../events.ts";
import type { ActiveTask } from "./active-task.ts";

const childrenFailed: TaskError = { code: "CHILDREN_FAILED", message: "Some of its children failed", details: {} };

/** Tells how an attempt ended: what is stored now, which is not always what its handler said. */
export const announceEnd = (
  events: TaskEvents,
  active: ActiveTask,
  runner: string,
  status: TaskStatus | null,
): void => {
  const { task, outcome } = active;
  if (status === null) {
    events.emit("task:lost", { runner, task, reason: "lease" });
  } else if (status === "done" || status === "waiting" || (outcome?.type === "wait" && status === "pending")) {
    events.emit("task:success", { runner, task, status });
  } else if (status === "failed") {
    const error = outcome?.type === "fail" ? outcome.error : childrenFailed;
    events.emit("task:failed", { runner, task, status, error });
  } else if (outcome?.type === "later" && status === "pending") {
    events.emit("task:later", { runner, task, status, runAt: outcome.runAt, reason: outcome.reason });
  } else if (outcome?.type === "fail" && status === "pending") {
    events.emit("task:error", { runner, task, status, error: outcome.error });
  }
  events.emit("task:complete", { runner, task, outcome: status === null ? null : outcome, status });
};
