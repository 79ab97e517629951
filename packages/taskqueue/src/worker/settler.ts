import type { TaskStatus } from "@chapterhouse/domain";
import type { TaskLogger } from "../handler.ts";
import type { Settled, Settlement, TaskQueue } from "../ports.ts";
import { isUnreachable } from "../unreachable.ts";
import type { ActiveTask } from "./active-task.ts";
import { Alarm } from "./alarm.ts";
import { Backoff } from "./backoff.ts";
import { nextTurn } from "./clock.ts";
import { outcomeOfRefusal } from "./outcome.ts";

export interface SettlerOptions {
  readonly queue: TaskQueue;
  readonly log: TaskLogger;
  readonly random: () => number;
  /** How long outcomes may wait for others while `isBusy`, in ms. */
  readonly delayMs: number;
  /** Whether more outcomes are to be expected soon. */
  readonly isBusy: () => boolean;
  /** Called for each task when it is settled; with null when its lease is gone. */
  readonly onSettled: (active: ActiveTask, status: TaskStatus | null) => void;
}

const MOST = 1000;

const settlementOf = ({ fence, outcome, reports }: ActiveTask): Settlement => ({
  ...fence,
  ...reports.rest(),
  outcome: outcome ?? { type: "later", runAt: 0, reason: "" },
});

/**
 * Brings outcomes to the queue: all that are ready while one call is under way go with the next. Repeats until each is
 * accepted or its lease is lost; repeating one that was accepted is harmless, for it has lost its lease by then.
 */
export class Settler {
  readonly #options: SettlerOptions;
  readonly #ready: ActiveTask[] = [];
  readonly #alarm = new Alarm();
  #running: Promise<void> | null = null;
  #underWay = 0;
  #isAbandoned = false;

  constructor(options: SettlerOptions) {
    this.#options = options;
  }

  /** How many outcomes are not settled yet. */
  get size(): number {
    return this.#ready.length + this.#underWay;
  }

  /** Accepts `active.outcome` for settlement. */
  push(active: ActiveTask): void {
    this.#ready.push(active);
    if (this.#ready.length === MOST) this.#alarm.ring();
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
    this.#alarm.ring();
  }

  async #run(): Promise<void> {
    const { random, log, delayMs, isBusy } = this.#options;
    const backoff = new Backoff(random);
    // Outcomes of the same turn of the event loop share one call.
    await nextTurn();
    if (delayMs > 0 && isBusy() && this.#ready.length < MOST) await this.#alarm.sleep(delayMs);
    while (this.#ready.length > 0 && !this.#isAbandoned) {
      const batch = this.#ready.splice(0, MOST);
      this.#underWay = batch.length;
      try {
        await this.#settle(batch);
        backoff.succeeded();
      } catch (error) {
        this.#ready.unshift(...batch.filter((active) => !active.isSettled));
        log.warn({ err: error, tasks: this.#ready.length }, "settling is put off: no answer");
        await this.#alarm.sleep(backoff.failed());
      } finally {
        this.#underWay = 0;
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
    for (const [index, active] of batch.entries()) this.#end(active, settled[index]?.status ?? null);
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
      this.#end(active, null);
      return;
    }
    active.outcome = outcomeOfRefusal(refusal);
    await this.#settle(batch);
  }

  #end(active: ActiveTask, status: TaskStatus | null): void {
    active.isSettled = true;
    this.#options.onSettled(active, status);
  }
}
