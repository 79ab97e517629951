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
  /** From now on these are kept. Called before their handlers start. */
  hold(leases: readonly Fence[]): void;
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
    for (const fence of leases) this.#held.set(fence.taskId, { fence, report: null });
  }

  drop(leases: readonly Fence[]): void {
    for (const { taskId, lease } of leases) {
      if (this.#held.get(taskId)?.fence.lease === lease) this.#held.delete(taskId);
    }
  }

  report({ taskId, lease }: Fence, report: Report): void {
    const held = this.#held.get(taskId);
    if (held?.fence.lease === lease) this.#held.set(taskId, { fence: held.fence, report });
  }

  /** Its report was stored; a later one stays. */
  reported({ taskId, lease }: Fence, report: Report | null): void {
    const held = this.#held.get(taskId);
    if (held?.fence.lease === lease && held.report === report) {
      this.#held.set(taskId, { fence: held.fence, report: null });
    }
  }

  all(): readonly Held[] {
    return [...this.#held.values()];
  }
}

export const beatOf = ({ fence, report }: Held): Beat => ({ ...fence, ...report });
