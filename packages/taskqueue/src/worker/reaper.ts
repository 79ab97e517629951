import type { TaskEvents } from "../events.ts";
import type { TaskLogger } from "../handler.ts";
import type { TaskQueue } from "../ports.ts";
import { Alarm } from "./alarm.ts";

export interface ReaperOptions {
  readonly queue: TaskQueue;
  readonly runner: string;
  readonly reapMs: number;
  readonly log: TaskLogger;
  readonly events: TaskEvents;
  readonly random: () => number;
}

/** Takes back what other runners left behind, every `reapMs` or so: a fleet does not do it all at once. */
export class Reaper {
  readonly #alarm = new Alarm();
  readonly running: Promise<void>;
  #isStopped = false;

  constructor(options: ReaperOptions) {
    this.running = this.#run(options);
  }

  stop(): void {
    this.#isStopped = true;
    this.#alarm.ring();
  }

  async #run({ queue, runner, reapMs, log, events, random }: ReaperOptions): Promise<void> {
    while (!this.#isStopped) {
      await this.#alarm.sleep(reapMs * (0.75 + random() / 2));
      if (this.#isStopped) return;
      try {
        const reaped = await queue.reap(0);
        if (reaped.pending + reaped.failed + reaped.cancelled === 0) continue;
        log.info(reaped, "took back what a runner left");
        events.emit("reap", { runner, ...reaped });
      } catch (error) {
        log.debug({ err: error }, "cannot reap");
      }
    }
  }
}
