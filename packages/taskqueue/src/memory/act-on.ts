import { isTerminal, type TaskStatus } from "@chapterhouse/domain";
import { MOST_ACTED_ON, type TaskAction, type TaskMatch, type TaskSelection } from "../ports.ts";
import { cancelTrees } from "./cancel-tree.ts";
import type { QueueState } from "./queue-state.ts";
import { isTreeHeld, removeTree } from "./remove-tree.ts";
import type { StoredRow } from "./task-store.ts";
import { nextTurn, rankOf } from "./turns.ts";

/** In which statuses an action has something to do. */
const FOR: Readonly<Record<TaskAction["type"], readonly TaskStatus[]>> = {
  complete: ["pending", "paused", "failed", "cancelled"],
  fail: ["pending", "paused"],
  reschedule: ["pending", "paused", "failed", "cancelled"],
  redrive: ["failed", "cancelled"],
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
  const matched = selected(state, on).filter((row) => FOR[action.type].includes(row.status));
  if (preview) return { matched: matched.length, changed: [] };
  const now = state.now();
  const able = matched.filter((row) => !isPassedOver(state, action, row)).slice(0, MOST_ACTED_ON);
  if (action.type === "cancel") {
    const changed = cancelTrees(state, able);
    return { matched: matched.length, changed: able.filter(({ id }) => changed.has(id)) };
  }
  if (action.type === "remove") return { matched: matched.length, changed: removeAll(state, able, now) };
  return { matched: matched.length, changed: able.filter((row) => act(state, action, row, now)) };
};

const selected = ({ store }: QueueState, on: TaskSelection): StoredRow[] =>
  "ids" in on
    ? [...new Set(on.ids)].flatMap((id) => store.rows.get(id) ?? [])
    : [...store.rows.values()].filter((row) => fits(row, on.filter));

const fits = (row: StoredRow, match: TaskMatch): boolean =>
  (match.status === undefined || match.status.includes(row.status)) &&
  (match.kinds === undefined || match.kinds.includes(row.kind)) &&
  (match.lane === undefined || match.lane === row.lane) &&
  (match.parent === undefined || row.parent === (match.parent ?? "")) &&
  (match.group === undefined || match.group === row.group) &&
  (match.errorCode === undefined || match.errorCode === row.error?.code) &&
  (match.addedBefore === undefined || row.createdAt < match.addedBefore);

const isPassedOver = (state: QueueState, action: TaskAction, row: StoredRow): boolean => {
  if (action.type === "remove") return isTreeHeld(state, row);
  const revives = action.type === "redrive" || action.type === "reschedule";
  return revives && isTerminal(row.status) && state.store.holderOf(row.key) !== undefined;
};

const removeAll = (state: QueueState, rows: readonly StoredRow[], now: number): StoredRow[] => {
  const before = structuredClone(rows);
  for (const row of rows) {
    if (state.store.rows.has(row.id)) removeTree(state, row, now);
  }
  return [...before];
};

type Act = Exclude<TaskAction, { readonly type: "cancel" | "remove" }>;

/** False when it was passed over after all: an earlier one of the same call took its key. */
const act = (state: QueueState, action: Act, row: StoredRow, now: number): boolean => {
  const { store, log } = state;
  if (isPassedOver(state, action, row)) return false;
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
      redrive(state, row, {}, now);
      break;
    case "reschedule":
      if (isTerminal(row.status)) redrive(state, row, action, now);
      else reschedule(state, row, action, now);
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

/** As one that is added now, but for its id, its lease and what it left behind. */
const redrive = (state: QueueState, row: StoredRow, times: Times, now: number): void => {
  state.store.move(row, "redrive", now);
  const fresh = { attempts: 0, crashes: 0, runAt: now, runner: "", finishedAt: 0, cancelRequestedAt: 0 };
  state.store.change(row, { ...fresh, turn: nextTurn(state, row.group), behind: 0 }, now);
  reschedule(state, row, times, now);
};
