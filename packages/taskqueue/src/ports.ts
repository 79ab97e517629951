import type {
  AudioResult,
  AudioTask,
  Lane,
  Outcome,
  Page,
  Payload,
  Progress,
  Runner,
  ScrapeKind,
  ScrapeResult,
  ScrapeTask,
  Task,
  TaskKind,
  TaskStatus,
} from "@chapterhouse/domain";

/**
 * task    one unit of work; its kind says which handler runs it, its payload is configuration only
 * lane    the named queue a task stands in: concurrency, gap, pause, block
 * claim   taking the next tasks for a runner; each claim hands out a lease
 * lease   a number that only grows for that task; every later write carries it and is refused once it is not the task's
 * reap    returning running tasks whose lease has run out to pending, or ending those that crashed too often
 * All calls take and give batches. All times are ms since the epoch unless they stand in a `Task` (ISO 8601).
 */

export interface NewTask<K extends TaskKind = TaskKind> {
  readonly kind: K;
  readonly payload: Payload<K>;
  /** Default: "default", which has no limits. */
  readonly lane?: string;
  /** Unique among live tasks: adding it again answers with the live one, `created: false`. */
  readonly key?: string;
  /** Lower first; default 0. */
  readonly priority?: number;
  /** Not claimed before; default now. */
  readonly runAt?: number;
  readonly maxAttempts?: number;
}

export interface AddedTask {
  readonly task: Task;
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
}

export interface ClaimAnswer {
  readonly tasks: readonly Task[];
  /** When something not claimable yet may become so (a due time, a lane's gap or block); null when nothing will. */
  readonly nextAt: number | null;
}

export interface Beat extends Fence {
  readonly progress?: Progress;
}

export interface HeartbeatAnswer {
  /** Tasks of the request whose lease is gone: their handlers stop, their results are refused. */
  readonly lost: readonly string[];
  /** Tasks that someone asked to cancel: their handlers are told to stop and their end is still to be settled. */
  readonly cancelling: readonly string[];
}

export interface Settlement extends Fence {
  readonly outcome: Outcome;
  /** The handler's last words, so that what ends between two heartbeats still shows how far it came. */
  readonly progress?: Progress;
}

/** `status: null` means `LEASE_LOST`: nothing was written. */
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
}

export interface TaskFilter {
  readonly status?: readonly TaskStatus[];
  readonly kinds?: readonly string[];
  /** A parent's id, or null for tasks without a parent. */
  readonly parent?: string | null;
  /** `added` (default): newest added first. `started`: newest started first, those never started last. */
  readonly order?: "added" | "started";
  readonly limit: number;
  readonly cursor?: string;
}

export type TaskCounts = Readonly<Record<string, Readonly<Record<TaskStatus, number>>>>;

export type RunnerCard = Pick<Runner, "id" | "host" | "pid" | "version" | "kinds" | "concurrency">;

export interface LaneLimits {
  /** null: no limit. */
  readonly concurrency: number | null;
  readonly gapMs: number;
}

/** Politeness of a whole fleet: the lane is the one clock of all requests to a site. */
export interface Lanes {
  /** Makes the lane or changes its limits. */
  configureLane(name: string, limits: LaneLimits): Promise<void>;
  /**
   * Takes the next free slot of the lane: slots are at least `gapMs` apart over all runners. Answers when the slot is;
   * the caller waits until then before it sends its request.
   */
  reserveSlot(name: string, gapMs: number): Promise<number>;
  /** Nothing of the lane is claimed before `until`; a later `until` wins over an earlier one. */
  blockLane(name: string, until: number, reason: string): Promise<void>;
  /** Lanes with work, busiest first. */
  listLanes(limit: number): Promise<readonly Lane[]>;
}

/** The generic queue. Memory and PocketBase implement it; one conformance suite holds both to this text. */
export interface TaskQueue extends Lanes {
  /**
   * Adds tasks in one transaction, answers in their order. With `parent` they become its children: refused with
   * `LEASE_LOST` as a whole when the fence is gone, with `CANCELLED` when the parent is being cancelled. A task that was
   * live before stays its own parent's. Throws `BAD_REQUEST` when a task is not valid or its payload is over 1 MiB.
   */
  add(tasks: readonly NewTask[], parent?: Fence): Promise<readonly AddedTask[]>;
  /** Each task goes to exactly one claimer, however many ask at once; lanes' limits hold over all of them. */
  claim(request: ClaimRequest): Promise<ClaimAnswer>;
  /** One call a runner: extends all its leases, stores progress, and says what the runner must know. */
  heartbeat(runner: RunnerCard, leaseMs: number, beats: readonly Beat[]): Promise<HeartbeatAnswer>;
  /** Ends or puts off claimed tasks. A settlement whose lease is gone changes nothing and says so. */
  settle(settlements: readonly Settlement[]): Promise<readonly Settled[]>;
  /** Pending tasks and their pending children end at once; running ones are asked to stop. */
  cancel(ids: readonly string[]): Promise<readonly Cancelled[]>;
  /** Takes back tasks whose lease ran out at least `staleAfterMs` ago. Each is a crash; at the limit it fails. */
  reap(staleAfterMs: number): Promise<Reaped>;
  /** In the order of `ids`; null where there is none. */
  find(ids: readonly string[]): Promise<readonly (Task | null)[]>;
  /** The most recent task with this key, live or not. */
  findByKey(key: string): Promise<Task | null>;
  /** Newest first. */
  list(filter: TaskFilter): Promise<Page<Task>>;
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
  subscribe(wake: (hint: Hint) => void): Promise<() => Promise<void>>;
}

/** `work`: something may be claimable. `cancel`: a heartbeat has something to say. */
export type Hint = "work" | "cancel";

// The ports of the backend and the runner, named as the interfaces they implement; each is a view of the queue.

/** Used by the backend alone: creates and cancels. */
export interface Producer {
  /** `targetUrl` is the book's or the catalogue's address; the range is 0, 0 unless the kind is "book_range". */
  createScrapeTask(kind: ScrapeKind, targetUrl: string, fromChapter: number, toChapter: number): Promise<AddedTask>;
  createAudioTask(slug: string, chapter: number, voice: string): Promise<AddedTask>;
  createAudioTasks(slug: string, chapters: readonly number[], voice: string): Promise<readonly AddedTask[]>;
  /** Throws `TASK_NOT_FOUND`. A terminal task is answered as it is. */
  cancelTask(id: string): Promise<Task>;
}

/** Used by the runner alone: claims and reports. Null when nothing is claimable. */
export interface Consumer {
  claimNextScrapeTask(runner: string): Promise<ScrapeTask | null>;
  claimNextAudioTask(runner: string): Promise<AudioTask | null>;
  /** These four throw `LEASE_LOST` when the fence is gone. */
  finishScrapeTask(fence: Fence, result: ScrapeResult): Promise<void>;
  finishAudioTask(fence: Fence, result: AudioResult): Promise<void>;
  failTask(fence: Fence, message: string): Promise<void>;
  heartbeatTask(fence: Fence): Promise<void>;
  /** How many tasks were taken back. `staleAfter` is in ms. */
  reapStaleTasks(staleAfter: number): Promise<number>;
}

/** Used by the backend for pages. Nothing found is null or an empty list, never an error. */
export interface Reader {
  /** Newest started first. */
  listScrapeTasks(): Promise<readonly ScrapeTask[]>;
  getScrapeTask(id: string): Promise<ScrapeTask | null>;
  /** Newest started first. */
  listAudioTasks(): Promise<readonly AudioTask[]>;
  /** The most recent one with this cache key. */
  getAudioTask(cacheKey: string): Promise<AudioTask | null>;
}
