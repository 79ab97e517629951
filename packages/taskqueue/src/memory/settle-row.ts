import { type Outcome, retryDelayMs, type TaskEvent, transition } from "@chapterhouse/domain";
import type { TaskRow } from "../task-row.ts";
import type { QueueState } from "./queue-state.ts";
import type { StoredRow } from "./task-store.ts";

type Changes = Partial<Omit<TaskRow, "id" | "status" | "key" | "parent">>;

const eventOf = (row: TaskRow, outcome: Outcome): TaskEvent => {
  if (outcome.type !== "fail") return outcome.type;
  return outcome.permanent || row.attempts >= row.maxAttempts ? "fail" : "retry";
};

/** By attempt, the last for all further ones; the queue's own curve where none are given. */
const delayMs = (attempts: number, delays: readonly number[] | undefined, random: () => number): number =>
  delays?.[Math.min(attempts, delays.length) - 1] ?? retryDelayMs(attempts, random);

const putBack = (row: TaskRow, outcome: Outcome, now: number, random: () => number): Changes => {
  if (outcome.type !== "later") {
    const delays = outcome.type === "fail" ? outcome.retryDelaysMs : undefined;
    return { runner: "", runAt: Math.round(now + delayMs(row.attempts, delays, random)) };
  }
  const runAt = Math.round(outcome.runAt);
  return { runner: "", attempts: row.attempts - 1, runAt, waitingFor: outcome.reason.slice(0, 500) };
};

const ended = (outcome: Outcome): Changes => {
  if (outcome.type === "fail") return { error: outcome.error };
  if (outcome.type === "later") return {};
  const result = outcome.result ?? null;
  if (outcome.type === "done") return { result };
  const { onChildFailure, then } = outcome;
  return { result, thenRun: Number(then === "run"), continuation: 0, ...(onChildFailure && { onChildFailure }) };
};

/** Ends or puts off a task whose lease the caller holds. */
export const settleRow = (state: QueueState, row: StoredRow, outcome: Outcome, now: number): void => {
  const { store, log, random } = state;
  const isCancelling = row.status === "cancelling";
  if (outcome.type === "fail" && !isCancelling) log.fail(row, { ...outcome.error, stack: outcome.stack }, now);
  const event = eventOf(row, outcome);
  const changes = {
    leaseUntil: 0,
    deadline: 0,
    waitingFor: "",
    ...(isCancelling ? {} : ended(outcome)),
    ...(transition(row.status, event) === "pending" ? putBack(row, outcome, now, random) : {}),
  };
  store.change(row, changes, now);
  store.move(row, event, now);
  store.resolve(row, now);
};
