import { CRASH_LIMIT, retryDelayMs, type TaskStatus } from "@chapterhouse/domain";
import type { QueueState } from "./queue-state.ts";
import type { StoredRow } from "./task-store.ts";

/** A task whose lease ran out: at its deadline the attempt failed with TIME_LIMIT, else its runner crashed. */
export const reapRow = (state: QueueState, row: StoredRow, now: number): TaskStatus => {
  if (row.deadline > 0 && row.leaseUntil >= row.deadline) endOverdue(state, row, now);
  else endCrashed(state, row, now);
  return row.status;
};

const endOverdue = ({ store, log, random }: QueueState, row: StoredRow, now: number): void => {
  const limitMs = row.deadline - row.startedAt;
  const error = { code: "TIME_LIMIT", message: `It ran longer than ${limitMs} ms`, details: { limitMs } };
  const isLast = row.attempts >= row.maxAttempts;
  const gone = { leaseUntil: 0, deadline: 0 };
  if (row.status === "cancelling") {
    store.change(row, gone, now);
  } else {
    log.fail(row, error, now);
    const again = isLast ? {} : { runner: "", runAt: now + retryDelayMs(row.attempts, random) };
    store.change(row, { ...gone, error, ...again }, now);
  }
  store.move(row, isLast ? "fail" : "retry", now);
};

const endCrashed = ({ store, log }: QueueState, row: StoredRow, now: number): void => {
  const crashes = row.crashes + 1;
  const isPoison = crashes >= CRASH_LIMIT;
  const changes = { leaseUntil: 0, deadline: 0, crashes };
  if (row.status === "cancelling") {
    store.change(row, changes, now);
  } else if (isPoison) {
    const message = `Its runner vanished ${crashes} times`;
    log.fail(row, { code: "POISONED", message }, now);
    store.change(row, { ...changes, error: { code: "POISONED", message, details: { runner: row.runner } } }, now);
  } else {
    log.fail(row, { code: "CRASHED", message: "Its runner vanished" }, now);
    store.change(row, { ...changes, attempts: row.attempts - 1, runner: "" }, now);
  }
  store.move(row, isPoison ? "poison" : "reap", now);
};

/** What a dead runner held goes back without a crash or an attempt. */
export const releaseRow = ({ store }: QueueState, row: StoredRow, now: number): void => {
  const back = row.status === "running" ? { attempts: row.attempts - 1, runner: "" } : {};
  store.change(row, { leaseUntil: 0, deadline: 0, ...back }, now);
  store.move(row, "later", now);
};
