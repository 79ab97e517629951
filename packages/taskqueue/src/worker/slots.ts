import type { Outcome } from "@chapterhouse/domain";
import type { AbortCode, ActiveTask } from "./active-task.ts";
import { LONGEST_TIMER_MS } from "./clock.ts";
import { Pace } from "./pace.ts";
import { type HandlerSurroundings, outcomeOfStopped, runHandler } from "./run-handler.ts";

export interface SlotsOptions extends HandlerSurroundings {
  readonly concurrency: number;
  /** How long a handler that was told to stop keeps its slot, in ms. */
  readonly abortGraceMs: number;
  readonly ticks: () => number;
  /** The handler has ended, or is not waited for any more. Its slot is free. */
  readonly onEnd: (active: ActiveTask, outcome: Outcome) => void;
}

interface Slot {
  readonly startedAt: number;
  /** The next that is done about it if it does not end. */
  timer?: NodeJS.Timeout;
}

/** The handlers at work: at most `concurrency`, none past its time limit, none for ever once it was told to stop. */
export class Slots {
  readonly #options: SlotsOptions;
  readonly #running = new Map<ActiveTask, Slot>();
  readonly #pace = new Pace();

  constructor(options: SlotsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#running.size;
  }

  get free(): number {
    return this.#options.concurrency - this.#running.size;
  }

  get running(): Iterable<ActiveTask> {
    return this.#running.keys();
  }

  /** How many tasks more than there are slots are started soon, at most `most`. */
  ahead(most: number): number {
    const { concurrency, ticks } = this.#options;
    return this.#pace.ahead({ slots: concurrency, startedAt: this.#startTimes(), now: ticks(), most });
  }

  start(active: ActiveTask): void {
    const { events, runner, plans, ticks } = this.#options;
    const startedAt = ticks();
    active.isStarted = true;
    this.#running.set(active, { startedAt });
    events.emit("task:start", { runner, task: active.task });
    const limit = plans.get(active.task.kind)?.timeLimitMs;
    if (limit) {
      this.#after(active, active.claimedAt + limit - startedAt, () => {
        this.abort(active, "TIME_LIMIT", `It was not done within ${limit} ms`);
      });
    }
    void runHandler(active, this.#options).then((outcome) => {
      this.#pace.ended(ticks() - startedAt);
      this.#end(active, outcome);
    });
  }

  /** Nothing more is done about those that still run. */
  close(): void {
    for (const { timer } of this.#running.values()) clearTimeout(timer);
  }

  /** Tells the handler to stop, once. */
  abort(active: ActiveTask, code: AbortCode, message: string): void {
    const { events, runner, abortGraceMs } = this.#options;
    if (!this.#running.has(active) || !active.abort(code, message)) return;
    events.emit("task:aborted", { runner, task: active.task, error: { code, message, details: {} } });
    this.#after(active, abortGraceMs, () => this.#giveUp(active));
  }

  /** It may go on for ever: nobody can end a function. What it says is not heard any more. */
  #giveUp(active: ActiveTask): void {
    const { log, events, runner } = this.#options;
    const { id, kind } = active.task;
    log.error({ task: id, kind }, "a handler does not heed its signal: its slot is freed, it is not waited for");
    events.emit("task:lost", { runner, task: active.task, reason: "handler" });
    this.#end(active, outcomeOfStopped(active, this.#options));
  }

  #end(active: ActiveTask, outcome: Outcome): void {
    const slot = this.#running.get(active);
    if (!slot) return;
    clearTimeout(slot.timer);
    this.#running.delete(active);
    this.#options.onEnd(active, outcome);
  }

  #after(active: ActiveTask, ms: number, act: () => void): void {
    const slot = this.#running.get(active);
    if (!slot) return;
    clearTimeout(slot.timer);
    slot.timer = setTimeout(act, Math.min(Math.max(0, ms), LONGEST_TIMER_MS));
  }

  *#startTimes(): Iterable<number> {
    for (const { startedAt } of this.#running.values()) yield startedAt;
  }
}
