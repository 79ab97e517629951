import { isTerminal } from "@chapterhouse/domain";
import type { QueueState } from "./queue-state.ts";
import type { StoredRow } from "./task-store.ts";
import { nextTurn, rankOf } from "./turns.ts";

/** Ended by what became of its children, and by nothing of its own. */
const isEndedByChildren = ({ status, error, cancelRequestedAt }: StoredRow): boolean =>
  status === "cancelled" ? cancelRequestedAt === 0 : error?.code === "CHILDREN_FAILED";

/** Nothing is left for its handler but what comes after the children. */
const isOwnPartDone = (row: StoredRow): boolean =>
  row.status === "done" || row.withChildren === 1 || row.continuation === 1 || isEndedByChildren(row);

interface Plan {
  readonly again: StoredRow[];
  readonly reopened: StoredRow[];
}

/**
 * Tries again what failed by itself below `row` (with `cancelled`: and what was cancelled), under the rules of the action
 * `retry_children`. False, and nothing changed, when there is nothing or a live task has the row's key.
 */
export const retryChildren = (state: QueueState, row: StoredRow, cancelled: boolean, now: number): boolean => {
  const plan = planOf(state, row, cancelled);
  if (!plan) return false;
  for (const one of plan.reopened) reopen(state, one, now);
  for (const one of plan.again.toSorted((a, b) => a.place - b.place)) tryAgain(state, one, now);
  reopenAbove(state, row, now);
  return true;
};

const planOf = ({ store }: QueueState, root: StoredRow, cancelled: boolean): Plan | null => {
  const plan: Plan = { again: [], reopened: [] };
  const taken = new Set<string>();
  const isToTry = (row: StoredRow): boolean =>
    row !== root &&
    !isEndedByChildren(row) &&
    (row.status === "failed" || (cancelled && row.status === "cancelled")) &&
    (row.withChildren === 0 || row.continuation === 1);

  /** Every child is looked at: no stop at the first. */
  const visitBelow = (row: StoredRow): boolean => store.childrenOf(row.id).filter(visit).length > 0;
  /** Whether anything is done here or below; parents first, so that of two with one key the upper has it. */
  const visit = (row: StoredRow): boolean => {
    if (!isTerminal(row.status)) return row.status !== "cancelling" && visitBelow(row);
    if (row.key && (taken.has(row.key) || store.holderOf(row.key))) return false;
    taken.add(row.key);
    const isParent = visitBelow(row);
    if (isParent && isOwnPartDone(row)) plan.reopened.push(row);
    else if (isParent || isToTry(row)) plan.again.push(row);
    else taken.delete(row.key);
    return isParent || isToTry(row);
  };
  return visit(root) ? plan : null;
};

/** It waits for its children again; what it did itself is kept. */
const reopen = ({ store }: QueueState, row: StoredRow, now: number): void => {
  store.move(row, "reopen", now);
  const anew = { attempts: 0, crashes: 0, error: null, finishedAt: 0, cancelRequestedAt: 0, behind: 0, waitingFor: "" };
  store.change(row, { ...anew, continuation: 0 }, now);
};

const reopenAbove = (state: QueueState, row: StoredRow, now: number): void => {
  const { store } = state;
  let above = store.rows.get(row.parent);
  while (above && isTerminal(above.status) && isEndedByChildren(above) && !store.holderOf(above.key)) {
    reopen(state, above, now);
    above = store.rows.get(above.parent);
  }
};

/**
 * Its children were tried again one by one since it ended, and none that failed or was cancelled is left: it waits again,
 * and ends by them. False when there is one.
 */
export const judgeAnew = (state: QueueState, row: StoredRow, now: number): boolean => {
  if (row.childFailed + row.childCancelled > 0) return false;
  reopen(state, row, now);
  reopenAbove(state, row, now);
  state.store.resolve(row, now);
  return true;
};

/** Its own handler's failure after its children is tried again without them. */
export const isTriedWithoutChildren = (row: StoredRow): boolean =>
  row.withChildren === 0 || (row.continuation === 1 && row.error?.code !== "CHILDREN_FAILED");

/** As one that is added now, but for its id, its lease and what it left behind. */
export const tryAgain = (state: QueueState, row: StoredRow, now: number): void => {
  state.store.move(row, "redrive", now);
  const fresh = {
    attempts: 0,
    crashes: 0,
    runAt: now,
    runner: "",
    waitingFor: "",
    finishedAt: 0,
    cancelRequestedAt: 0,
  };
  const fromStart = row.withChildren === 0 ? { thenRun: 0, continuation: 0 } : {};
  const turn = nextTurn(state, row.group);
  const rank = rankOf({ turn, priority: row.priority, runAt: now });
  state.store.change(row, { ...fresh, ...fromStart, turn, rank, behind: 0 }, now);
};
