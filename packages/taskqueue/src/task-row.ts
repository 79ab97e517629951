import {
  type ChildCounts,
  type ChildFailurePolicy,
  DEFAULT_MAX_ATTEMPTS,
  type KeyMode,
  type Progress,
  type ProgressReport,
  type Task,
  type TaskError,
  type TaskStatus,
} from "@chapterhouse/domain";
import type { NewTask } from "./ports.ts";

/** A task as both adapters keep it: times in ms since the epoch, 0 for "not yet"; an empty text for none. */
export interface TaskRow {
  readonly id: string;
  kind: string;
  lane: string;
  key: string;
  status: TaskStatus;
  priority: number;
  runAt: number;
  revision: number;
  flags: readonly string[];
  /** '' for a turn of its own. */
  group: string;
  turn: number;
  /** Where turn, priority and time put it among those that are due, lower first. */
  rank: number;
  /** 1: stands behind the live task with the same key. */
  behind: number;
  payload: Readonly<Record<string, unknown>> | readonly unknown[];
  attempts: number;
  maxAttempts: number;
  crashes: number;
  lease: number;
  /** 0 when nobody holds the lease. */
  leaseUntil: number;
  /** When the attempt reaches its time limit; 0 for none. */
  deadline: number;
  runner: string;
  parent: string;
  childTotal: number;
  childDone: number;
  childFailed: number;
  childCancelled: number;
  /** What had failed or was cancelled before this attempt: a parent is judged by its own attempt's children. */
  failedBefore: number;
  cancelledBefore: number;
  onChildFailure: ChildFailurePolicy;
  /** 1: its handler is called once its children are over, instead of its ending then. */
  thenRun: number;
  /** 1: its children are over, and its handler is called, or was, for what comes after. */
  continuation: number;
  /** 1: it was added with its children: its handler is never called before them. */
  withChildren: number;
  /** '' for nobody in particular. */
  createdBy: string;
  progress: ProgressReport | null;
  checkpoint: unknown;
  result: Record<string, unknown> | null;
  error: TaskError | null;
  waitingFor: string;
  createdAt: number;
  updatedAt: number;
  startedAt: number;
  finishedAt: number;
  cancelRequestedAt: number;
}

/** `runAt` null: now, by the queue's clock. */
export interface TaskSpec {
  readonly id: string;
  readonly kind: string;
  readonly lane: string;
  readonly key: string;
  readonly keyMode: KeyMode;
  readonly payload: Readonly<Record<string, unknown>> | readonly unknown[];
  readonly priority: number;
  readonly runAt: number | null;
  readonly maxAttempts: number;
  /** Sorted, each once. */
  readonly flags: readonly string[];
  /** null: the parent's, else the parent; none without one. */
  readonly group: string | null;
  readonly onChildFailure: ChildFailurePolicy;
  readonly createdBy: string;
}

export const DEFAULT_LANE = "default";

const RANDOM_BYTES = 6;
const random = Buffer.alloc(1024 * RANDOM_BYTES);
let drawn = random.length;

/** Drawn a thousand at a time: asking the system for each id's few bits costs more than all else of adding a task. */
const randomBits = (): string => {
  if (drawn === random.length) {
    crypto.getRandomValues(random);
    drawn = 0;
  }
  drawn += RANDOM_BYTES;
  return random.toString("hex", drawn - RANDOM_BYTES, drawn);
};

/** 23 characters: the time in ms, then 48 random bits. Ids grow with time, which keeps the table's index compact. */
const newTaskId = (now: number): string => now.toString(16).padStart(11, "0") + randomBits();

export const taskSpec = (task: NewTask, now: number): TaskSpec => ({
  id: newTaskId(now),
  kind: task.kind,
  lane: task.lane ?? DEFAULT_LANE,
  key: task.key ?? "",
  keyMode: task.keyMode ?? "replace",
  payload: task.payload,
  priority: task.priority ?? 0,
  runAt: task.runAt ?? null,
  maxAttempts: task.maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
  flags: [...new Set(task.flags)].toSorted(),
  group: task.group ?? null,
  onChildFailure: task.onChildFailure ?? "fail",
  createdBy: task.createdBy ?? "",
});

/** The row that adding `spec` makes. */
export const addedRow = (spec: TaskSpec, parent: string, now: number): TaskRow => ({
  ...spec,
  group: spec.group ?? "",
  revision: 0,
  turn: 0,
  rank: 0,
  behind: 0,
  deadline: 0,
  checkpoint: null,
  runAt: spec.runAt ?? now,
  status: "pending",
  parent,
  attempts: 0,
  crashes: 0,
  lease: 0,
  leaseUntil: 0,
  runner: "",
  childTotal: 0,
  childDone: 0,
  childFailed: 0,
  childCancelled: 0,
  failedBefore: 0,
  cancelledBefore: 0,
  thenRun: 0,
  continuation: 0,
  withChildren: 0,
  progress: null,
  result: null,
  error: null,
  waitingFor: "",
  createdAt: now,
  updatedAt: now,
  startedAt: 0,
  finishedAt: 0,
  cancelRequestedAt: 0,
});

let last = { time: 0, text: new Date(0).toISOString() };

/** Tasks that were added or claimed together have their times in common, and writing them out is most of reading one. */
const iso = (time: number): string => {
  if (last.time !== time) last = { time, text: new Date(time).toISOString() };
  return last.text;
};
const isoOrNull = (time: number): string | null => (time > 0 ? iso(time) : null);

type CountedRow = Pick<
  TaskRow,
  "childTotal" | "childDone" | "childFailed" | "childCancelled" | "failedBefore" | "cancelledBefore"
>;

/** Counts without what earlier attempts left behind. */
export const childCounts = (row: CountedRow): ChildCounts => {
  const failed = Math.max(0, row.childFailed - row.failedBefore);
  const cancelled = Math.max(0, row.childCancelled - row.cancelledBefore);
  const before = row.childFailed - failed + (row.childCancelled - cancelled);
  return { total: row.childTotal - before, done: row.childDone, failed, cancelled };
};

export const shownReport = (said: ProgressReport): Progress => ({
  ...said,
  message: said.message ?? "",
  rate: said.rate ?? null,
  eta: said.eta ?? null,
});

/** A parent that has done its own part is as far as its children are. */
const shownProgress = (row: TaskRow, children: ChildCounts): Progress | null => {
  const own = row.progress && shownReport(row.progress);
  if (children.total === 0 || row.status === "pending" || row.status === "running") return own;
  const { unit = "tasks", message = "" } = own ?? {};
  return { done: children.done, total: children.total, unit, message, rate: null, eta: null };
};

export const toTask = (row: TaskRow): Task => {
  const children = childCounts(row);
  return {
    id: row.id,
    kind: row.kind,
    lane: row.lane,
    key: row.key || null,
    status: row.status,
    priority: row.priority,
    runAt: iso(row.runAt),
    revision: row.revision,
    flags: [...row.flags],
    group: row.group || null,
    // A list is possible, as in Graphile Worker, and said so nowhere else: all of ours are objects.
    payload: row.payload as Task["payload"],
    attempts: row.attempts,
    maxAttempts: row.maxAttempts,
    crashes: row.crashes,
    lease: row.lease,
    runner: row.runner || null,
    parent: row.parent || null,
    children,
    onChildFailure: row.onChildFailure,
    continuation: row.continuation === 1,
    progress: shownProgress(row, children),
    checkpoint: row.checkpoint,
    result: row.result,
    error: row.error,
    deadline: isoOrNull(row.deadline),
    waitingFor: row.waitingFor || null,
    createdBy: row.createdBy || null,
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
    startedAt: isoOrNull(row.startedAt),
    finishedAt: isoOrNull(row.finishedAt),
    cancelRequestedAt: isoOrNull(row.cancelRequestedAt),
  };
};
