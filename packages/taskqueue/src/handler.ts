import type { Outcome, Payload, ProgressReport, Task, TaskError, TaskKind } from "@chapterhouse/domain";
import type { AddedTask, Child, Fence, Lanes, NewTask } from "./ports.ts";

/** What a handler may log with; pino's loggers fit. Never a secret in it. */
export interface TaskLogger {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** What a handler is given beside its payload. Its functions may be taken out of it. */
export interface TaskContext {
  readonly task: Task;
  readonly fence: Fence;
  readonly runner: string;
  /**
   * Aborted when the task is cancelled, its lease is lost, its time limit is over or the runner stops: end at once,
   * throw or return. Whoever goes on is not waited for, and what it returns is not stored.
   */
  readonly signal: AbortSignal;
  /** The process's log, each line with the task's id, kind and attempt. */
  readonly logger: TaskLogger;
  /**
   * As `logger`, and into the task's own log, which pages show: lines ride on heartbeats and on the settlement, at least
   * once; past 500 lines or 64 KiB between two of them the oldest are left out.
   */
  readonly log: TaskLogger;
  /** True when a further failure would be the last. */
  readonly lastAttempt: boolean;
  readonly lanes: Lanes;
  /**
   * Kept over retries and sent with the next heartbeat; call it as often as you like. What a second brings (`rate`) and
   * when it will be over (`eta`) are worked out from the calls unless they are given.
   */
  readonly progress: (progress: ProgressReport) => void;
  /**
   * Any JSON value up to 64 KiB (a larger one throws `BAD_REQUEST`) to go on from after a retry: it is in
   * `task.checkpoint` then. Sent with the next heartbeat or the settlement; null clears it.
   */
  readonly checkpoint: (value: unknown) => void;
  /** Adds children under this task's fence. Throws `LEASE_LOST`. */
  readonly addChildren: (tasks: readonly NewTask[]) => Promise<readonly AddedTask[]>;
  /** This task's children, in the order in which they were added; `from` is the index to begin with. At most 1000 a call. */
  readonly children: (query?: ChildrenQuery) => Promise<readonly Child[]>;
  /** Its parent's children, itself among them; none for a task without a parent. */
  readonly siblings: (query?: ChildrenQuery) => Promise<readonly Child[]>;
  /** Adds tasks that are nobody's children. They stay, whatever becomes of this one. */
  readonly addTasks: (tasks: readonly NewTask[]) => Promise<readonly AddedTask[]>;
  readonly addTask: (task: NewTask) => Promise<AddedTask>;
}

export interface ChildrenQuery {
  /** Default 0. */
  readonly from?: number;
  /** Default and most: 1000. */
  readonly limit?: number;
}

/** Does one task. Returns its outcome or throws; a thrown `ChapterhouseError` is retried as its code says. */
export type TaskHandler<K extends TaskKind = TaskKind> = (
  payload: Payload<K>,
  context: TaskContext,
) => Promise<Outcome>;

/** A handler with its policy: a processor, say. */
export interface TaskProcessor<K extends TaskKind = TaskKind> extends KindPolicy {
  readonly kind: K;
  readonly handler: TaskHandler<K>;
}

/** One handler or processor for each of our kinds: a missing one does not compile. */
export type TaskList = { readonly [K in TaskKind]: TaskHandler<K> | TaskProcessor<K> };

/** Some of them; for runners of one purpose, and for tests. */
export type TaskHandlers = Partial<TaskList>;

/** When failed attempts are tried again: ms by attempt (the last for all further ones), or a rule. */
export type RetryDelays = readonly number[] | ((attempt: number, error: TaskError) => number);

/** How attempts of one kind are limited and repeated. */
export interface KindPolicy {
  /** Hard limit of an attempt, counted from its claim: its handler is stopped with `TIME_LIMIT`. Default: none. */
  readonly timeLimitMs?: number;
  /** Default: `retryDelayMs` of the domain, exponential with jitter. */
  readonly retryDelaysMs?: RetryDelays;
}
