import { type Outcome, retryDelayMs, type TaskEvent, type TaskStatus } from "@chapterhouse/domain";
import type { TaskRow } from "../task-row.ts";
import type { TaskStore } from "./task-store.ts";

const eventOf = (row: TaskRow, outcome: Outcome): TaskEvent => {
  if (outcome.type !== "fail") return outcome.type;
  return outcome.permanent || row.attempts >= row.maxAttempts ? "fail" : "retry";
};

const putBack = (row: TaskRow, outcome: Outcome, now: number, random: () => number): void => {
  row.runner = "";
  if (outcome.type === "later") {
    row.attempts -= 1;
    row.runAt = Math.round(outcome.runAt);
    row.waitingFor = outcome.reason.slice(0, 500);
  } else {
    row.runAt = now + retryDelayMs(row.attempts, random);
  }
};

/** Ends or puts off a task whose lease the caller holds. Null when there is no such transition. */
export const settleRow = (
  store: TaskStore,
  row: TaskRow,
  outcome: Outcome,
  now: number,
  random: () => number,
): TaskStatus | null => {
  row.leaseUntil = 0;
  row.waitingFor = "";
  const isCancelling = row.status === "cancelling";
  if (!isCancelling && (outcome.type === "done" || outcome.type === "wait")) {
    row.result = outcome.result ?? null;
    if (outcome.type === "done") row.error = null;
  }
  if (!isCancelling && outcome.type === "fail") row.error = outcome.error;
  const event = eventOf(row, outcome);
  const status = store.move(row, event, now);
  if (status === "pending") putBack(row, outcome, now, random);
  if (status === "waiting") store.resolve(row, now);
  return row.status;
};
