import type {
  ChildFailurePolicy,
  KeyMode,
  LogLine,
  Outcome,
  Page,
  Payload,
  ProgressReport,
  Runner,
  Task,
  TaskKind,
  TaskStatus,
} from "@chapterhouse/domain";
import type { Lanes } from "./lanes.ts";

/**
 * task    one unit of work; its kind says which handler runs it, its payload is configuration only
 * lane    the named queue a task stands in: concurrency, gap, rate, pause, block
 * group   tasks of a group take turns with all others, so that a large group delays nobody (docs/lanes.md)
 * claim   taking the next tasks for a runner; each claim hands out a lease
 * lease   a number that only grows for that task; every later write carries it and is refused once it is not the task's
 * reap    returning running tasks whose lease has run out to pending, or ending those that crashed too often
 * All calls take and give batches. All times are ms since the epoch unless they stand in a `Task` (ISO 8601).
 */

export interface NewTask<K extends string = string> {
  /** 1 to 128 characters, else `KIND_INVALID` (GWBID). */
  readonly kind: K;
  readonly payload: K extends TaskKind ? Payload<K> : Readonly<Record<string, unknown>> | readonly unknown[];
  /** Default: "default", which has no limits. 1 to 128 characters, else `LANE_INVALID` (GWBQN). */
  readonly lane?: string;
  /** At most 512 characters, else `KEY_INVALID` (GWBJK). What a taken key means is the mode's business. */
  readonly key?: string;
  /**
   * Default `replace`, as Graphile Worker's. Another value is `KEY_MODE_INVALID` (GWBKM). New work in the place of the old
   * starts anew: attempts, crashes, error, progress and checkpoint go. Where one stands behind the task that is at work
   * (`keep_last`), a further `keep_last` overwrites that one, also while the first is put back for a retry; `replace` and
   * `preserve_run_at` take the key from the one at work, and so overwrite the one that comes forward.
   */
  readonly keyMode?: KeyMode;
  /** Lower first; default 0. A unit is worth 100 turns or 100 minutes of age: whoever waits long enough goes first. */
  readonly priority?: number;
  /** Not claimed before; default now. */
  readonly runAt?: number;
  /** At least 1, else `MAX_ATTEMPTS_INVALID` (GWBMA). */
  readonly maxAttempts?: number;
  /** At most 20 of at most 64 characters. */
  readonly flags?: readonly string[];
  /** Default: the parent's group, else the parent; none for a task without a parent. At most 128 characters. */
  readonly group?: string;
  /** What its children's failures will mean for it; default `fail`. An outcome `wait` may say otherwise. */
  readonly onChildFailure?: ChildFailurePolicy;
  /** Who asked for it: `person:ID`, `key:NAME`, `cron:IDENTIFIER`. At most 160 characters; default: nobody (''). */
  readonly createdBy?: string;
}

/**
 * A task that is added together with its children, in their order, and theirs. One with a list of children, be it empty,
 * begins as `waiting`: its handler is not called before they are over, and only with `then: "run"` after that.
 */
export interface NewTree extends NewTask {
  readonly children?: readonly NewTree[];
  /** Default `end`. */
  readonly then?: "end" | "run";
}

export interface AddedTree extends AddedTask {
  /** In the order of the request; empty when a live task had the root's key: then nothing was added. */
  readonly children: readonly AddedTree[];
}

/** A child with its place among its parent's children, counted from 0 in the order in which they were added. */
export interface Child {
  readonly index: number;
  readonly task: Task;
}

export const MOST_IN_TREE = 10_000;
export const MOST_STOREYS = 100;

export interface AddedTask {
  readonly task: Task;
  /** False when a task was there: it was overwritten (`replace`, `preserve_run_at`, `keep_last`) or is answered as it is. */
  readonly created: boolean;
}

/** Proof of a claim. Every write about a task carries it; `LEASE_LOST` once it is no longer the task's. */
export interface Fence {
  readonly taskId: string;
  readonly lease: number;
}

export interface ClaimRequest {
  readonly runner: string;
  readonly kinds: readonly string[];
  readonly limit: number;
  readonly leaseMs: number;
  /** Tasks with any of these flags are left to others. */
  readonly forbiddenFlags?: readonly string[];
  /** Only tasks of these lanes. */
  readonly lanes?: readonly string[];
  /** None of these lanes. */
  readonly exceptLanes?: readonly string[];
  /** Up to this many more, of lanes without concurrency, gap and rate alone: what a runner keeps to go on with at once. */
  readonly prefetch?: number;
  /** Hard limit of an attempt by kind, in ms: its lease is not extended past it. */
  readonly timeLimitsMs?: Readonly<Record<string, number>>;
}

export interface ClaimAnswer {
  readonly tasks: readonly Task[];
  /** When something not claimable yet may become so (a due time, a lane's gap, rate or block); null when nothing will. */
  readonly nextAt: number | null;
}

/** What a handler logged; the queue adds attempt, lease and runner. */
export interface NewLogLine {
  readonly at: number;
  readonly level: LogLine["level"];
  /** Cut at 2000 characters. */
  readonly message: string;
}

/** What may ride on a heartbeat and on a settlement. */
export interface Report {
  readonly progress?: ProgressReport;
  /**
   * Any JSON value up to 64 KiB; null clears it. Kept over retries, failure and redrive, cleared when the task is done,
   * however it came to be. A larger one is not stored and the one before stays: a beat is never refused for it.
   */
  readonly checkpoint?: unknown;
  readonly log?: readonly NewLogLine[];
}

export interface Beat extends Fence, Report {}

export interface HeartbeatAnswer {
  /** Tasks of the request whose lease is gone: their handlers stop, their results are refused. */
  readonly lost: readonly string[];
  /** Tasks that someone asked to cancel: their handlers are told to stop and their end is still to be settled. */
  readonly cancelling: readonly string[];
}

export interface Settlement extends Fence, Report {
  readonly outcome: Outcome;
}

/** `status` is the task's after the call; null means `LEASE_LOST`: nothing was written. */
export interface Settled {
  readonly id: string;
  readonly status: TaskStatus | null;
}

export interface Cancelled {
  readonly id: string;
  /** null: no such task. A terminal task keeps its status and `changed` is false. */
  readonly task: Task | null;
  readonly changed: boolean;
}

export interface Reaped {
  readonly pending: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Parents that were put right; anything but 0 is a defect, or a hand in the tables. */
  readonly repaired: number;
}

export interface TaskFilter {
  readonly status?: readonly TaskStatus[];
  readonly kinds?: readonly string[];
  /** A parent's id, or null for tasks without a parent. */
  readonly parent?: string | null;
  /** Only tasks that were added for these, and of those only tasks without a parent. At most 20. */
  readonly createdBy?: readonly string[];
  /** `added` (default): newest added first. `started`: newest started first, those never started last. */
  readonly order?: "added" | "started";
  readonly limit: number;
  readonly cursor?: string;
}

export type TaskCounts = Readonly<Record<string, Readonly<Record<TaskStatus, number>>>>;

export type RunnerCard = Pick<Runner, "id" | "host" | "pid" | "version" | "kinds" | "concurrency">;

/** The generic queue. Memory and PocketBase implement it; one conformance suite holds both to this text. */
export interface TaskQueue extends Lanes {
  /**
   * Adds tasks in one transaction, answers in their order, never with null. With `parent` they become its children:
   * refused with `LEASE_LOST` as a whole when the fence is gone, with `CANCELLED` when the parent is being cancelled. A
   * task that was there before stays its own parent's. Throws the codes of `NewTask`, `BAD_REQUEST` when a task is not
   * valid otherwise or its payload is over 1 MiB, `KIND_DISABLED` when a definition refuses it; then nothing was added.
   */
  add(tasks: readonly NewTask[], parent?: Fence): Promise<readonly AddedTask[]>;
  /**
   * Adds a task and all below it in one transaction: at most `MOST_IN_TREE` tasks in `MOST_STOREYS` storeys, `BAD_REQUEST`
   * beyond, and where a parent's key stands at another of its tasks. The parents in it may have a key of mode `keep_first`
   * (else `KEY_MODE_INVALID`): while a live task holds it, that one is answered and nothing below is added, nor refused.
   * Leaves are added as by `add`, in any mode. Throws what `add` throws; then nothing was added.
   */
  addTree(tree: NewTree): Promise<AddedTree>;
  /**
   * Removes the task that holds the key: the live one, else the last that failed. One that nobody holds is deleted with
   * its descendants; a running or waiting one loses its key and its further attempts, and runs to its end, as does one
   * with a descendant that somebody holds (it has one more attempt). Answers it as it was, null when the key was free.
   */
  removeTask(key: string): Promise<Task | null>;
  /** Each task goes to exactly one claimer, however many ask at once; lanes' limits hold over all of them. */
  claim(request: ClaimRequest): Promise<ClaimAnswer>;
  /** One call a runner: extends all its leases (never past a deadline), stores reports, says what the runner must know. */
  heartbeat(runner: RunnerCard, leaseMs: number, beats: readonly Beat[]): Promise<HeartbeatAnswer>;
  /** Ends or puts off claimed tasks. A settlement whose lease is gone changes nothing and says so. */
  settle(settlements: readonly Settlement[]): Promise<readonly Settled[]>;
  /**
   * Pending tasks and their pending children end at once; running ones are asked to stop, and told by a hint at once, by
   * their next heartbeat at the latest. `cancelRequestedAt` is when it was asked, `finishedAt` when it had stopped.
   */
  cancel(ids: readonly string[]): Promise<readonly Cancelled[]>;
  /**
   * Takes back tasks whose lease ran out at least `staleAfterMs` ago. Each is a crash (at the limit it fails as
   * `POISONED`, before that the line in its log has the code `CRASHED`), but for those that reached their deadline: that
   * attempt failed with `TIME_LIMIT` and is tried again as any failure is. One that was asked to stop is cancelled.
   * Each call also looks at some parents, so that all are looked at in turn: counts that do not agree with the children
   * are put right, and a parent whose children have all ended ends (docs/guarantees.md, I12).
   */
  reap(staleAfterMs: number): Promise<Reaped>;
  /** In the order of `ids`; null where there is none. */
  find(ids: readonly string[]): Promise<readonly (Task | null)[]>;
  /** The most recent task with this key, live or not. */
  findByKey(key: string): Promise<Task | null>;
  /** Newest first. */
  list(filter: TaskFilter): Promise<Page<Task>>;
  /** A parent's children in the order in which they were added; `from` is the index to begin with (default 0). */
  children(parent: string, query: { readonly limit: number; readonly from?: number }): Promise<readonly Child[]>;
  /**
   * How far each parent that runs, waits or is cancelling is with all that is below it, from 0 to 1, by id. A child counts
   * as much as its siblings, and whole once it has ended, however it did; one at work counts by its children, or by its
   * own progress where it has none. Where the parent's progress has the unit `steps`, the steps that are done count
   * against the total that it says, its children at work count 5 % of the whole together, and it stays below 1.
   */
  rollUp(): Promise<ReadonlyMap<string, number>>;
  /** By kind and status; cheap at any size. */
  counts(): Promise<TaskCounts>;
  listRunners(): Promise<readonly Runner[]>;
  /** Removes a runner's card; its tasks are settled before. */
  leave(runner: string): Promise<void>;
  /**
   * Calls `wake` when new work may be claimable or a cancellation is due. A hint only: it may be late, doubled or lost.
   * It is also called whenever the connection was made anew, since hints may have been lost before. Answers at once;
   * the answer ends the subscription.
   */
  subscribe(wake: Wake): Promise<() => Promise<void>>;
}

/** `work`: something may be claimable. `cancel`: a heartbeat has something to say. */
export type Hint = "work" | "cancel";

/** `tasks` is about how many tasks the hint is for; undefined when nobody counted. */
export type Wake = (hint: Hint, tasks?: number) => void;
