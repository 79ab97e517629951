import { ChapterhouseError, type Outcome, type Task } from "@chapterhouse/domain";
import type { Fence } from "../ports.ts";
import { ReportBuffer } from "./report-buffer.ts";

export type AbortCode = "CANCELLED" | "LEASE_LOST" | "RUNNER_STOPPING" | "TIME_LIMIT";

export interface Claimed {
  readonly claimedAt: number;
  readonly cameAt: number;
  readonly leaseMs: number;
}

/** A claimed task in this process, from its claim until its settlement is accepted or its lease is known to be lost. */
export class ActiveTask {
  readonly task: Task;
  readonly fence: Fence;
  readonly reports = new ReportBuffer();
  /** When it was claimed, by `ticks`; counted from before the call. */
  readonly claimedAt: number;
  readonly #abort = new AbortController();
  /** Our view of the lease's end, by `ticks`, counted from before the call that extended it: never later than the truth. */
  leaseUntil: number;
  /** When it came, by `ticks`: a claim may be answered late. */
  readonly cameAt: number;
  /** Its handler was called; false while it waits in the local queue. */
  isStarted = false;
  /** Set once; later ones are ignored, so that a handler that ends after its release says nothing. */
  outcome: Outcome | null = null;
  isLost = false;
  /** Nothing about it is to be written any more. */
  isSettled = false;

  constructor(task: Task, { claimedAt, cameAt, leaseMs }: Claimed) {
    this.task = task;
    this.fence = { taskId: task.id, lease: task.lease };
    this.claimedAt = claimedAt;
    this.cameAt = cameAt;
    this.leaseUntil = claimedAt + leaseMs;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** False when it was aborted before. */
  abort(code: AbortCode, message: string): boolean {
    if (this.signal.aborted) return false;
    this.#abort.abort(new ChapterhouseError(code, message));
    return true;
  }
}
