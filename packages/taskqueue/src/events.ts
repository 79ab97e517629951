import type { Outcome, Progress, Task, TaskError, TaskStatus } from "@chapterhouse/domain";
import type { TaskLogger } from "./handler.ts";
import type { CronFiring, Reaped } from "./ports.ts";

/** All events name the runner that they are of; `task` is as it was claimed. */
interface OfRunner {
  readonly runner: string;
}

interface OfTask extends OfRunner {
  readonly task: Task;
}

interface Settled extends OfTask {
  /** What the task is now. */
  readonly status: TaskStatus;
}

interface Failed extends Settled {
  readonly error: TaskError;
}

/**
 * Every event and its data. They are the same on every queue, in this order: a pool is made, its worker is made; claims;
 * of each attempt `start`, its ends, `complete`; a pool that is told to stop says so, its worker stops, it is released.
 */
export interface TaskEventMap {
  /** `runTaskList` has begun. */
  "pool:create": OfRunner;
  /** Hints of new work are heard from now on. */
  "pool:listen:success": OfRunner;
  /** No hints: the worker polls alone. */
  "pool:listen:error": OfRunner & { readonly error: unknown };
  /** It was told to stop, by `release` or by a signal. */
  "pool:gracefulShutdown": OfRunner & { readonly reason: string };
  /** All is given back and closed. */
  "pool:release": OfRunner;
  /** The first word of a stop, before anything is done about it. */
  stop: OfRunner;
  "worker:create": OfRunner & { readonly concurrency: number; readonly kinds: readonly string[] };
  /** It claims no more, its handlers are told. */
  "worker:release": OfRunner;
  "worker:stop": OfRunner;
  /** A defect of the worker's own loop, which ends with it. */
  "worker:fatal": OfRunner & { readonly error: unknown };
  /** `prefetch` is how many it may keep to go on with. */
  "worker:claim:start": OfRunner & { readonly limit: number; readonly prefetch: number };
  /** Nothing was claimable; `nextAt` as in `ClaimAnswer`. */
  "worker:claim:empty": OfRunner & { readonly nextAt: number | null };
  "worker:claim:error": OfRunner & { readonly error: unknown };
  "task:start": OfTask;
  /** Its outcome is stored: done, or waiting for its children; pending, when they had ended and it is to go on. */
  "task:success": Settled;
  /** The attempt failed and another will follow. */
  "task:error": Failed;
  /** It failed for good. */
  "task:failed": Failed;
  /** Put off, its attempt given back. */
  "task:later": Settled & { readonly runAt: number; readonly reason: string };
  /** Its handler was told to stop, for the reason that the code says. */
  "task:aborted": OfTask & { readonly error: TaskError };
  /** `lease`: it is someone else's now. `handler`: it did not heed its signal, its slot was freed and it says no more. */
  "task:lost": OfTask & { readonly reason: "lease" | "handler" };
  /** Always the last of an attempt that was started. `status` is null when nothing was written: its lease is gone. */
  "task:complete": OfTask & { readonly outcome: Outcome | null; readonly status: TaskStatus | null };
  "task:progress": OfTask & { readonly progress: Progress };
  /** `ms` is how long the call took. */
  "heartbeat:success": OfRunner & { readonly leases: number; readonly ms: number };
  "heartbeat:error": OfRunner & { readonly leases: number; readonly error: unknown };
  /** It took back what others left; not told when there was nothing. */
  reap: OfRunner & Reaped;
  /** Its firing was this one's; `null` as runner: a process that runs no tasks. */
  "cron:fire": { readonly runner: string | null; readonly firing: CronFiring };
  /** More tasks came than there are free slots. */
  "local:prefetch": OfRunner & { readonly tasks: number };
  /** Tasks that were not started in time, or before a stop, are given back. */
  "local:return": OfRunner & { readonly tasks: number; readonly reason: string };
}

export type TaskEventName = keyof TaskEventMap;
/** It is not waited for; what a promise of its rejects with is logged. */
export type TaskEventListener<N extends TaskEventName> = (data: TaskEventMap[N]) => unknown;

type Listeners = Map<TaskEventName, Set<(data: never) => unknown>>;

/** Where a process tells what it does. Listeners are called at once, in the order they came. */
export class TaskEvents {
  readonly #log: Pick<TaskLogger, "error">;
  readonly #listeners: Listeners = new Map();

  /** `log` is told of listeners that throw or reject, which harm nobody else. */
  constructor(log: Pick<TaskLogger, "error">) {
    this.#log = log;
  }

  /** Answers what ends it. */
  on<N extends TaskEventName>(name: N, listener: TaskEventListener<N>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => this.off(name, listener);
  }

  off<N extends TaskEventName>(name: N, listener: TaskEventListener<N>): void {
    this.#listeners.get(name)?.delete(listener);
  }

  emit<N extends TaskEventName>(name: N, data: TaskEventMap[N]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      const complain = (error: unknown) => this.#log.error({ err: error, event: name }, "a listener threw");
      try {
        const answer = (listener as TaskEventListener<N>)(data);
        if (answer instanceof Promise) answer.catch(complain);
      } catch (error) {
        complain(error);
      }
    }
  }
}
