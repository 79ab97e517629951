import type { Outcome, Payload, Progress, Task, TaskKind } from "@chapterhouse/domain";
import type { AddedTask, Fence, Lanes, NewTask } from "./ports.ts";

/** What a handler may log with; pino's loggers fit. Never a secret in it. */
export interface TaskLogger {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface TaskContext {
  readonly task: Task;
  readonly fence: Fence;
  readonly runner: string;
  /** Aborted when the task is cancelled, its lease is lost or the runner stops: end at once, throw or return. */
  readonly signal: AbortSignal;
  readonly log: TaskLogger;
  /** True when a further failure would be the last. */
  readonly lastAttempt: boolean;
  readonly lanes: Lanes;
  /** Kept and sent with the next heartbeat; call it as often as you like. */
  progress(progress: Progress): void;
  /** Adds children under this task's fence. Throws `LEASE_LOST`. */
  addChildren(tasks: readonly NewTask[]): Promise<readonly AddedTask[]>;
}

/** Does one task. Returns its outcome or throws; a thrown `ChapterhouseError` is retried as its code says. */
export type TaskHandler<K extends TaskKind = TaskKind> = (
  payload: Payload<K>,
  context: TaskContext,
) => Promise<Outcome>;

/** One handler a kind; a runner may take some kinds only. */
export type TaskHandlers = { readonly [K in TaskKind]?: TaskHandler<K> };
