import type { Fence } from "../ports.ts";
import { ChapterhouseError, type Outcome, type Progress, type Task } from "@chapterhouse/domain";

/** A claimed task in this process, from its claim until its settlement is accepted or its lease is known to be lost. */
export class ActiveTask {
  readonly task: Task;
  readonly fence: Fence;
  readonly #abort = new AbortController();
  /** Our clock's view of the lease's end, counted from before the call that extended it: never later than the truth. */
  leaseUntil: number;
  /** Set once; later ones are ignored, so that a handler that ends after its release says nothing. */
  outcome: Outcome | null = null;
  isLost = false;
  isReleased = false;
  #progress: Progress | undefined;
  #isProgressNew = false;

  constructor(task: Task, leaseUntil: number) {
    this.task = task;
    this.fence = { taskId: task.id, lease: task.lease };
    this.leaseUntil = leaseUntil;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get progress(): Progress | undefined {
    return this.#progress;
  }

  /** What the next heartbeat should carry; undefined when it knows already. */
  get newProgress(): Progress | undefined {
    return this.#isProgressNew ? this.#progress : undefined;
  }

  report(progress: Progress): void {
    this.#progress = { ...progress, message: progress.message.slice(0, 500) };
    this.#isProgressNew = true;
  }

  /** The heartbeat that carried `progress` was accepted. */
  reported(progress: Progress): void {
    if (this.#progress === progress) this.#isProgressNew = false;
  }

  abort(code: "CANCELLED" | "LEASE_LOST" | "RUNNER_STOPPING", message: string): void {
    if (!this.signal.aborted) this.#abort.abort(new ChapterhouseError(code, message));
  }

  /** Its lease is someone else's now: the handler stops, and nothing about it is written any more. */
  lose(): void {
    this.isLost = true;
    this.abort("LEASE_LOST", "The lease of this task is gone");
  }
}
