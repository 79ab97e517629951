import { isTerminal, type TaskStatus } from "@chapterhouse/domain";
import { MOST_ACTED_ON, type TaskAction, type TaskMatch, type TaskSelection } from "../ports.ts";
import { cancelTrees } from "./cancel-tree.ts";
import type { QueueState } from "./queue-state.ts";
import { isTreeHeld, removeTrees } from "./remove-tree.ts";
import { isTriedWithoutChildren, judgeAnew, retryChildren, tryAgain } from "./retry-children.ts";
import type { StoredRow } from "./task-store.ts";
import { rankOf } from "./turns.ts";

/** In which statuses an action has something to do. */
const FOR: Readonly<Record<TaskAction["type"], readonly TaskStatus[]>> = {
  complete: ["pending", "paused", "failed", "cancelled"],
  fail: ["pending", "paused"],
  reschedule: ["pending", "paused", "failed", "cancelled"],
  redrive: ["failed", "cancelled"],
  retry_children: ["waiting", "done", "failed", "cancelled"],
  hold: ["pending"],
  resume: ["paused"],
  cancel: ["pending", "running", "waiting", "paused"],
  remove: ["pending", "paused", "done", "failed", "cancelled"],
};

export interface Acted {
  readonly matched: number;
  /** As they are now; as they were, when removed. */
  readonly changed: readonly StoredRow[];
}

export const actOn = (state: QueueState, action: TaskAction, on: TaskSelection, preview: boolean): Acted => {
  const matched = selected(state, on).filter((row) => isFor(action, row));
  if (preview) return { matched: matched.length, changed: [] };
  const now = state.now();
  if (action.type === "cancel") {
    const able = matched.slice(0, MOST_ACTED_ON);
    const changed = cancelTrees(state, able);
    return { matched: matched.length, changed: able.filter(({ id }) => changed.has(id)) };
  }
  if (action.type === "remove") {
    const able = matched.filter((row) => !isTreeHeld(state, row)).slice(0, MOST_ACTED_ON);
    const before = structuredClone(able);
    removeTrees(state, able, now);
    return { matched: matched.length, changed: before };
  }
  return { matched: matched.length, changed: actOnEach(state, action, matched, now) };
};

/** Each is looked at again, since an earlier one may have taken its key, or have taken it along. */
const actOnEach = (state: QueueState, action: Act, rows: readonly StoredRow[], now: number): StoredRow[] => {
  const changed: StoredRow[] = [];
  for (const row of rows) {
    if (changed.length === MOST_ACTED_ON) break;
    if (isFor(action, row) && act(state, action, row, now)) changed.push(row);
  }
  return changed;
};

const isFor = ({ type }: TaskAction, { status, childTotal }: StoredRow): boolean =>
  FOR[type].includes(status) && (type !== "retry_children" || childTotal > 0);

const selected = ({ store }: QueueState, on: TaskSelection): StoredRow[] =>
  "ids" in on
    ? [...new Set(on.ids)].flatMap((id) => store.rows.get(id) ?? []).toSorted((a, b) => a.place - b.place)
    : [...store.rows.values()].filter((row) => fits(row, on.filter));

const fits = (row: StoredRow, match: TaskMatch): boolean =>
  (match.status === undefined || match.status.includes(row.status)) &&
  (match.kinds === undefined || match.kinds.includes(row.kind)) &&
  (match.lane === undefined || match.lane === row.lane) &&
  (match.parent === undefined || row.parent === (match.parent ?? "")) &&
  (match.group === undefined || match.group === row.group) &&
  (match.errorCode === undefined || match.errorCode === row.error?.code) &&
  (match.addedBefore === undefined || row.createdAt < match.addedBefore);

type Act = Exclude<TaskAction, { readonly type: "cancel" | "remove" }>;

/** False when it was passed over. */
const act = (state: QueueState, action: Act, row: StoredRow, now: number): boolean => {
  const { store, log } = state;
  switch (action.type) {
    case "complete":
      store.change(row, { result: structuredClone(action.result) ?? null }, now);
      store.move(row, "complete", now);
      break;
    case "fail": {
      const message = action.reason.slice(0, 2000);
      store.change(row, { error: { code: "FAILED_BY_OPERATOR", message, details: {} } }, now);
      log.fail(row, { code: "FAILED_BY_OPERATOR", message }, now);
      store.move(row, "give_up", now);
      break;
    }
    case "redrive":
      return redrive(state, row, now);
    case "retry_children":
      return retryChildren(state, row, action.cancelled ?? false, now);
    case "reschedule":
      if (isTerminal(row.status) && !redrive(state, row, now)) return false;
      if (!isTerminal(row.status)) reschedule(state, row, action, now);
      break;
    default:
      store.move(row, action.type, now);
  }
  return true;
};

type Times = Omit<Extract<TaskAction, { readonly type: "reschedule" }>, "type">;

const reschedule = ({ store }: QueueState, row: StoredRow, times: Times, now: number): void => {
  const { runAt = row.runAt, priority = row.priority } = times;
  const maxAttempts = times.maxAttempts ?? row.maxAttempts;
  // One is left, or it could not run within its attempts.
  const attempts = Math.min(times.attempts ?? row.attempts, maxAttempts - 1);
  const rank = rankOf({ turn: row.turn, priority, runAt });
  store.change(row, { runAt, priority, attempts, maxAttempts, rank, waitingFor: "", updatedAt: now }, now);
};

/** False while a live task has its key, and for one with children that failed, or were cancelled, and cannot be tried again. */
const redrive = (state: QueueState, row: StoredRow, now: number): boolean => {
  if (state.store.holderOf(row.key)) return false;
  if (!isTriedWithoutChildren(row)) return retryChildren(state, row, true, now) || judgeAnew(state, row, now);
  tryAgain(state, row, now);
  return true;
};
