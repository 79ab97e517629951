import type { TaskEvents } from "../events.ts";
import type { TaskLogger } from "../handler.ts";
import type { RunnerCard, TaskQueue } from "../ports.ts";
import type { AbortCode, ActiveTask } from "./active-task.ts";
import type { Heart, HeartNews, StartHeart } from "./heart.ts";

export interface LeaseKeeperOptions {
  readonly queue: TaskQueue;
  readonly heartbeats: StartHeart;
  readonly card: RunnerCard;
  readonly active: ReadonlyMap<string, ActiveTask>;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly log: TaskLogger;
  readonly events: TaskEvents;
  readonly ticks: () => number;
  readonly random: () => number;
  readonly abort: (active: ActiveTask, code: AbortCode, message: string) => void;
}

/** Reports are brought sooner than the next regular beat, but not more often than this. */
const REPORT_MS = 1000;

/**
 * The worker's side of its heart: what a beat brought back is done to the tasks, what handlers report goes with the next.
 * Whatever happens to the beats, a handler is stopped before its lease ends (a tenth of it before): what it did later
 * would be done by someone else too.
 */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #heart: Heart;
  readonly #watch: NodeJS.Timeout;
  readonly #reporting = new Set<ActiveTask>();
  #reportTimer: NodeJS.Timeout | null = null;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
    const { queue, log, events, card, leaseMs } = options;
    this.#heart = options.heartbeats(queue, {
      ...options,
      onBeat: (news) => this.#hear(news),
      onFailure: (error, leases) => {
        log.warn({ err: error, leases }, "no heartbeat");
        events.emit("heartbeat:error", { runner: card.id, leases, error });
      },
    });
    this.#watch = setInterval(() => this.#stopExpiring(), Math.max(50, leaseMs / 20));
  }

  /** `startBy` is by `ticks`. */
  hold(tasks: readonly ActiveTask[], startBy: number): void {
    if (tasks.length === 0) return;
    this.#heart.hold(
      tasks.map(({ fence, task }) => ({ ...fence, runAt: Date.parse(task.runAt) })),
      startBy,
    );
  }

  started({ fence }: ActiveTask): void {
    this.#heart.started(fence);
  }

  drop(active: ActiveTask): void {
    this.#reporting.delete(active);
    this.#heart.drop([active.fence]);
  }

  beat(): void {
    this.#heart.beat();
  }

  /** The task has something new to say. */
  report(active: ActiveTask): void {
    this.#reporting.add(active);
    this.#reportTimer ??= setTimeout(() => {
      this.#reportTimer = null;
      this.#sendReports();
    }, REPORT_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#watch);
    if (this.#reportTimer) clearTimeout(this.#reportTimer);
    await this.#heart.stop();
  }

  #sendReports(): void {
    for (const active of this.#reporting) {
      const report = active.reports.take();
      if (report) this.#heart.report(active.fence, report);
    }
    this.#reporting.clear();
    this.#heart.beat();
  }

  #hear({ beats, sentAt, ms, reported, lost, cancelling }: HeartNews): void {
    const { leaseMs, card, log, events, abort } = this.#options;
    const wereReported = new Set(reported);
    const areLost = new Set(lost);
    const areCancelling = new Set(cancelling);
    for (const { taskId, lease } of beats) {
      const active = this.#options.active.get(taskId);
      // Settled while the beat was under way: neither lost nor kept, over.
      if (active?.fence.lease !== lease || active.outcome) continue;
      if (areLost.has(taskId)) {
        log.warn({ task: taskId, lease }, "lease lost");
        active.isLost = true;
        abort(active, "LEASE_LOST", "The lease of this task is gone");
        continue;
      }
      active.leaseUntil = Math.max(active.leaseUntil, sentAt + leaseMs);
      if (wereReported.has(taskId)) active.reports.accepted();
      if (active.reports.isWaiting) this.report(active);
      if (areCancelling.has(taskId)) abort(active, "CANCELLED", "This task was cancelled");
    }
    events.emit("heartbeat:success", { runner: card.id, leases: beats.length, ms });
  }

  #stopExpiring(): void {
    const { active, leaseMs, ticks, log, abort } = this.#options;
    this.#heart.hear();
    for (const task of active.values()) {
      if (task.outcome || task.signal.aborted || ticks() < task.leaseUntil - leaseMs / 10) continue;
      log.warn({ task: task.task.id }, "stopped: its lease could not be renewed");
      abort(task, "LEASE_LOST", "The lease could not be renewed in time");
    }
  }
}
