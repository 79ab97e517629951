import { ChapterhouseError, type TaskStatus } from "@chapterhouse/domain";
import type { Fence, NewTask } from "../ports.ts";
import { addedRow, type TaskRow, type TaskSpec, taskSpec } from "../task-row.ts";
import { validateTasks } from "../validate-task.ts";
import { checkJoined, joined } from "./joined-payload.ts";
import type { QueueState } from "./queue-state.ts";
import { isTreeHeld, removeTrees } from "./remove-tree.ts";
import type { StoredRow } from "./task-store.ts";
import { nextTurn, rankOf } from "./turns.ts";

export interface AddedRow {
  readonly row: StoredRow;
  readonly created: boolean;
}

const LOCKED: ReadonlySet<TaskStatus> = new Set(["running", "waiting", "cancelling"]);
const isLocked = (row: StoredRow): boolean => LOCKED.has(row.status);

/** Adds under the rules of `TaskQueue.add`. All that may be refused is refused before the first row is touched. */
export const addTasks = (state: QueueState, tasks: readonly NewTask[], fence?: Fence): AddedRow[] => {
  validateTasks(tasks);
  const now = state.now();
  const parent = fence ? liveParent(state, fence) : undefined;
  return checkedSpecs(state, tasks, now).map((spec) => addSpec(state, spec, parent, now));
};

/** Throws what may be refused of valid tasks, before any is added. */
export const checkedSpecs = (state: QueueState, tasks: readonly NewTask[], now: number): readonly TaskSpec[] => {
  const specs = tasks.map((task) => checkedSpec(state, task, now));
  checkJoined(specs, (spec) => overwritable(state, spec)?.payload);
  return specs;
};

/** `as` is what a new row is from the start. */
export const addSpec = (
  state: QueueState,
  spec: TaskSpec,
  parent: StoredRow | undefined,
  now: number,
  as: Partial<TaskRow> = {},
): AddedRow => {
  const fresh: Insert = (also) => insert(state, spec, parent, now, { ...as, ...also });
  return spec.key ? addKeyed(state, spec, fresh, now) : fresh();
};

type Insert = (also?: Partial<TaskRow>) => AddedRow;

const liveParent = ({ store }: QueueState, { taskId, lease }: Fence): StoredRow => {
  const details = { id: taskId };
  const row = store.rows.get(taskId);
  if (!row || row.lease !== lease || row.leaseUntil === 0) {
    throw new ChapterhouseError("LEASE_LOST", "The parent's lease is gone", { details });
  }
  if (row.status === "cancelling") {
    throw new ChapterhouseError("CANCELLED", "The parent is being cancelled", { details });
  }
  return row;
};

const checkedSpec = (state: QueueState, task: NewTask, now: number): TaskSpec => {
  const spec = taskSpec(structuredClone(task), now);
  if (state.isActive(spec.kind)) return spec;
  const details = { kind: spec.kind };
  throw new ChapterhouseError("KIND_DISABLED", `New tasks of the kind ${spec.kind} are refused`, { details });
};

const groupOf = (spec: TaskSpec, parent: StoredRow | undefined): string =>
  spec.group ?? (parent ? parent.group || parent.id : "");

const insert = (
  state: QueueState,
  spec: TaskSpec,
  parent: StoredRow | undefined,
  now: number,
  as: Partial<TaskRow>,
): AddedRow => {
  const group = groupOf(spec, parent);
  const turn = nextTurn(state, group);
  state.lanes.get(spec.lane);
  const row = { ...addedRow(spec, parent?.id ?? "", now), group, turn, ...as };
  return { row: state.store.insert({ ...row, rank: rankOf(row) }, now), created: true };
};

/** What a taken key means; `docs/keys.md` has it as a table. */
const addKeyed = (state: QueueState, spec: TaskSpec, fresh: Insert, now: number): AddedRow => {
  const { store } = state;
  const holder = store.holderOf(spec.key);
  switch (spec.keyMode) {
    case "unsafe_dedupe": {
      const existing = holder ?? failedWithKey(state, spec.key).at(-1);
      if (!existing) break;
      store.change(existing, { revision: existing.revision + 1, updatedAt: now }, now);
      return { row: existing, created: false };
    }
    case "keep_first": {
      if (!holder) break;
      raise(state, holder, spec.priority, now);
      return { row: holder, created: false };
    }
    case "keep_last": {
      const last = store.behind(spec.key) ?? holder;
      if (!last) break;
      return isLocked(last) ? fresh({ behind: 1 }) : overwrite(state, last, spec, now);
    }
    default: {
      if (holder && isLocked(holder)) orphan(state, holder, now);
      for (const failed of failedWithKey(state, spec.key)) store.dropKey(failed, now);
      // Who stood behind has come forward.
      const next = store.holderOf(spec.key);
      if (next) return overwrite(state, next, spec, now);
    }
  }
  return fresh();
};

/** The waiting task in whose place a further one of its key would come. */
const overwritable = ({ store }: QueueState, { key, keyMode }: TaskSpec): StoredRow | undefined => {
  const holder = store.holderOf(key);
  const isPassed = keyMode === "keep_last" || (holder !== undefined && isLocked(holder));
  const behind = isPassed ? store.behind(key) : undefined;
  return behind ?? (holder && !isLocked(holder) ? holder : undefined);
};

const failedWithKey = ({ store }: QueueState, key: string): StoredRow[] =>
  store.withKey(key).filter((row) => row.status === "failed");

/** It loses its key, goes on to its end and is not tried again. One that is not at work has its last attempt before it. */
const orphan = ({ store }: QueueState, row: StoredRow, now: number): void => {
  store.dropKey(row, now);
  const attempts = isLocked(row) ? row.maxAttempts : row.maxAttempts - 1;
  store.change(row, { attempts, updatedAt: now }, now);
};

const raise = ({ store }: QueueState, row: StoredRow, priority: number, now: number): void => {
  if (row.status !== "pending" || priority >= row.priority) return;
  const rank = row.rank + 100 * (priority - row.priority);
  store.change(row, { priority, rank, updatedAt: now }, now);
};

/** New work in the place of the old: whatever the old had achieved or spent goes. Status, parent and key stay. */
const overwrite = (state: QueueState, row: StoredRow, spec: TaskSpec, now: number): AddedRow => {
  const keepsTime = spec.keyMode === "preserve_run_at" && row.attempts === 0;
  const group = groupOf(spec, state.store.rows.get(row.parent));
  const turn = nextTurn(state, group);
  const runAt = keepsTime ? row.runAt : (spec.runAt ?? now);
  const { kind, lane, flags, priority, maxAttempts, onChildFailure, createdBy } = spec;
  const changes = {
    kind,
    lane,
    flags,
    priority,
    maxAttempts,
    onChildFailure,
    createdBy,
    thenRun: 0,
    continuation: 0,
    withChildren: 0,
    payload: joined(row.payload, spec.payload),
    group,
    turn,
    runAt,
    rank: rankOf({ turn, priority, runAt }),
    revision: row.revision + 1,
    attempts: 0,
    crashes: 0,
    error: null,
    progress: null,
    checkpoint: null,
    waitingFor: "",
    updatedAt: now,
  };
  state.lanes.get(lane);
  state.store.change(row, changes, now);
  return { row, created: false };
};

/** `removeTask`: answers the row as it was. */
export const removeByKey = (state: QueueState, key: string): StoredRow | null => {
  const now = state.now();
  const { store } = state;
  const row = store.holderOf(key) ?? failedWithKey(state, key).at(-1);
  if (!row) return null;
  const before = structuredClone(row);
  if (isLocked(row) || isTreeHeld(state, row)) orphan(state, row, now);
  else removeTrees(state, [row], now);
  return before;
};
