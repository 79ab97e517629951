import type { Beat, Fence, HeartbeatAnswer, Report, RunnerCard, TaskQueue } from "../ports.ts";

/** What a beat brought back. */
export interface HeartNews extends HeartbeatAnswer {
  /** The leases that it was for: all but the lost ones hold until `sentAt + leaseMs`, or their deadlines. */
  readonly beats: readonly Fence[];
  /** When it was sent, by `monotonicMs`, so that a lease is never thought to last longer than it does. */
  readonly sentAt: number;
  readonly ms: number;
  /** Ids of the tasks whose report is stored. */
  readonly reported: readonly string[];
}

export interface HeartOptions {
  readonly card: RunnerCard;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly random: () => number;
  readonly ticks: () => number;
  readonly onBeat: (news: HeartNews) => void;
  readonly onFailure: (error: unknown, leases: number) => void;
}

/**
 * Keeps a runner's leases: one call for all of them every `heartbeatMs`, and sooner when asked. `createHeart` makes one
 * that beats from this thread, `createThreadedHeart` one that goes on while handlers keep this thread busy.
 */
export interface Heart {
  /**
   * From now on these are kept. Those of which `started` is not called by `startBy` (by `ticks`), because this thread is
   * busy, are given back by a heart of another thread.
   */
  hold(leases: readonly ClaimedLease[], startBy: number): void;
  /** Called before its handler is, in the order of `hold`. */
  started(lease: Fence): void;
  drop(leases: readonly Fence[]): void;
  /** Goes with the next beat, and again until one of them is answered. One at a time for each task. */
  report(lease: Fence, report: Report): void;
  /** Beats now. */
  beat(): void;
  /** Takes in at once what came back while this thread was busy. */
  hear(): void;
  stop(): Promise<void>;
}

export type StartHeart = (queue: TaskQueue, options: HeartOptions) => Heart;

/** `runAt` is what it goes back with. */
export interface ClaimedLease extends Fence {
  readonly runAt: number;
}

export interface Held {
  readonly fence: Fence;
  readonly report: Report | null;
}

/** The leases that a heart keeps. A task may be held anew before its former lease is dropped: the newer one counts. */
export class HeldLeases {
  readonly #held = new Map<string, Held>();

  get size(): number {
    return this.#held.size;
  }

  hold(leases: readonly Fence[]): void {
    for (const { taskId, lease } of leases) this.#held.set(taskId, { fence: { taskId, lease }, report: null });
  }

  has({ taskId, lease }: Fence): boolean {
    return this.#held.get(taskId)?.fence.lease === lease;
  }

  drop(leases: readonly Fence[]): void {
    for (const fence of leases) if (this.has(fence)) this.#held.delete(fence.taskId);
  }

  report(fence: Fence, report: Report): void {
    if (this.has(fence)) this.#held.set(fence.taskId, { fence, report });
  }

  /** Its report was stored; a later one stays. */
  reported(fence: Fence, report: Report | null): void {
    const isSame = this.has(fence) && this.#held.get(fence.taskId)?.report === report;
    if (isSame) this.#held.set(fence.taskId, { fence, report: null });
  }

  all(): readonly Held[] {
    return [...this.#held.values()];
  }
}

export const beatOf = ({ fence, report }: Held): Beat => ({ ...fence, ...report });
