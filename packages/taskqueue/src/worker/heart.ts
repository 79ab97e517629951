import type { TaskLogger } from "../handler.ts";
import type { HeartbeatAnswer, RunnerCard, TaskQueue } from "../ports.ts";
import type { ActiveTask } from "./active-task.ts";
import { Alarm } from "./alarm.ts";
import { Backoff } from "./backoff.ts";

export interface HeartOptions {
  readonly queue: TaskQueue;
  readonly card: RunnerCard;
  readonly active: ReadonlyMap<string, ActiveTask>;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly log: TaskLogger;
  readonly now: () => number;
  readonly random: () => number;
}

/** Progress is brought sooner than the next regular beat, but not more often than this. */
const PROGRESS_MS = 1000;

/**
 * One call for all leases of the runner, every `heartbeatMs` and soon after progress or a hint. It brings back which
 * tasks are to be cancelled and which are lost. Whatever happens to the calls, a handler is stopped before its lease
 * ends (a tenth of it before): what it did later would be done by someone else too.
 */
export class Heart {
  readonly #options: HeartOptions;
  readonly #alarm = new Alarm();
  readonly #watch: NodeJS.Timeout;
  readonly #running: Promise<void>;
  #progressTimer: NodeJS.Timeout | null = null;
  #isStopped = false;

  constructor(options: HeartOptions) {
    this.#options = options;
    this.#watch = setInterval(() => this.#stopExpiring(), Math.max(50, options.leaseMs / 20));
    this.#running = this.#run();
  }

  /** Beats now. */
  beat(): void {
    this.#alarm.ring();
  }

  /** Some task has new progress. */
  progressed(): void {
    this.#progressTimer ??= setTimeout(() => {
      this.#progressTimer = null;
      this.beat();
    }, PROGRESS_MS);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#watch);
    if (this.#progressTimer) clearTimeout(this.#progressTimer);
    this.#alarm.ring();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { queue, card, leaseMs, heartbeatMs, log, now, random } = this.#options;
    const backoff = new Backoff(random);
    while (!this.#isStopped) {
      const beating = [...this.#options.active.values()].filter((active) => !active.isLost);
      const beats = beating.map((active) => ({ active, progress: active.newProgress }));
      const sentAt = now();
      try {
        const answer = await queue.heartbeat(
          card,
          leaseMs,
          beats.map(({ active, progress }) => ({ ...active.fence, ...(progress && { progress }) })),
        );
        backoff.succeeded();
        for (const { active, progress } of beats) {
          active.leaseUntil = Math.max(active.leaseUntil, sentAt + leaseMs);
          if (progress) active.reported(progress);
        }
        this.#hear(answer, new Map(beating.map((active) => [active.task.id, active])));
        await this.#alarm.sleep(heartbeatMs);
      } catch (error) {
        log.warn({ err: error, leases: beats.length }, "no heartbeat");
        await this.#alarm.sleep(Math.min(heartbeatMs, backoff.failed()));
      }
    }
  }

  #hear({ lost, cancelling }: HeartbeatAnswer, sent: ReadonlyMap<string, ActiveTask>): void {
    const { log } = this.#options;
    for (const id of cancelling) sent.get(id)?.abort("CANCELLED", "This task was cancelled");
    for (const id of lost) {
      const task = sent.get(id);
      // Settled while the beat was under way: not lost, over.
      if (!task || task.outcome) continue;
      log.warn({ task: id, lease: task.fence.lease }, "lease lost");
      task.lose();
    }
  }

  #stopExpiring(): void {
    const { active, leaseMs, now, log } = this.#options;
    for (const task of active.values()) {
      if (task.outcome || task.signal.aborted || now() < task.leaseUntil - leaseMs / 10) continue;
      log.warn({ task: task.task.id }, "stopped: its lease could not be renewed");
      task.abort("LEASE_LOST", "The lease could not be renewed in time");
    }
  }
}
