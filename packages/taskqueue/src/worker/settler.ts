import { isUnreachable } from "../unreachable.ts";
import type { TaskLogger } from "../handler.ts";
import type { Settled, Settlement, TaskQueue } from "../ports.ts";
import type { ActiveTask } from "./active-task.ts";
import { Alarm } from "./alarm.ts";
import { Backoff } from "./backoff.ts";
import { outcomeOfRefusal } from "./outcome.ts";

export interface SettlerOptions {
  readonly queue: TaskQueue;
  readonly log: TaskLogger;
  readonly random: () => number;
  /** Called for each task when it is settled or known to be lost. */
  readonly onSettled: (active: ActiveTask) => void;
}

const MOST = 500;

const settlementOf = ({ fence, outcome, newProgress }: ActiveTask): Settlement => ({
  ...fence,
  outcome: outcome ?? { type: "later", runAt: 0, reason: "" },
  ...(newProgress && { progress: newProgress }),
});

/**
 * Brings outcomes to the queue: all that are ready while one call is under way go with the next. Repeats until each is
 * accepted or its lease is lost; repeating one that was accepted is harmless, for it has lost its lease by then.
 */
export class Settler {
  readonly #options: SettlerOptions;
  readonly #ready: ActiveTask[] = [];
  readonly #retry = new Alarm();
  #running: Promise<void> | null = null;
  #isAbandoned = false;

  constructor(options: SettlerOptions) {
    this.#options = options;
  }

  /** Accepts `active.outcome` for settlement. */
  push(active: ActiveTask): void {
    this.#ready.push(active);
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
  }

  /** Resolves when everything pushed so far is settled. */
  async drained(): Promise<void> {
    while (this.#running) await this.#running;
  }

  /** Gives up what cannot be settled: leases will run out. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#retry.ring();
  }

  async #run(): Promise<void> {
    const backoff = new Backoff(this.#options.random);
    // Outcomes of the same turn of the event loop share one call.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    while (this.#ready.length > 0 && !this.#isAbandoned) {
      const batch = this.#ready.splice(0, MOST);
      try {
        await this.#settle(batch);
        backoff.succeeded();
      } catch (error) {
        this.#ready.unshift(...batch);
        this.#options.log.warn({ err: error, tasks: this.#ready.length }, "settling is put off: no answer");
        await this.#retry.sleep(backoff.failed());
      }
    }
  }

  /** Throws only when the queue cannot be reached. */
  async #settle(batch: readonly ActiveTask[]): Promise<void> {
    let settled: readonly Settled[];
    try {
      settled = await this.#options.queue.settle(batch.map(settlementOf));
    } catch (error) {
      if (isUnreachable(error)) throw error;
      await this.#settleApart(batch, error);
      return;
    }
    for (const [index, active] of batch.entries()) {
      if (settled[index]?.status === null) active.lose();
      this.#options.onSettled(active);
    }
  }

  /** One of the batch is refused: each goes alone, and the refused one fails with the reason. */
  async #settleApart(batch: readonly ActiveTask[], refusal: unknown): Promise<void> {
    if (batch.length > 1) {
      for (const active of batch) await this.#settle([active]);
      return;
    }
    const [active] = batch;
    if (!active) return;
    if (active.outcome?.type === "fail" && active.outcome.error.code === "STORE_REFUSED") {
      this.#options.log.error({ err: refusal, task: active.task.id }, "cannot be settled; its lease will run out");
      this.#options.onSettled(active);
      return;
    }
    active.outcome = outcomeOfRefusal(refusal);
    await this.#settle(batch);
  }
}
