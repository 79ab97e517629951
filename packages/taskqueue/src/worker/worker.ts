import type { Outcome, TaskStatus } from "@chapterhouse/domain";
import { TaskEvents } from "../events.ts";
import type { ClaimAnswer, ClaimRequest, Hint, RunnerCard } from "../ports.ts";
import { type AbortCode, ActiveTask } from "./active-task.ts";
import { announceEnd } from "./announce-end.ts";
import { Claimer, type Room } from "./claimer.ts";
import { within } from "./clock.ts";
import { Conditions } from "./conditions.ts";
import { type KindPlan, planKinds } from "./kind-plans.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { LocalQueue } from "./local-queue.ts";
import { outcomeOfAbort, putBack } from "./outcome.ts";
import { Reaper } from "./reaper.ts";
import { newRunnerId } from "./runner-id.ts";
import { Settler } from "./settler.ts";
import { Slots } from "./slots.ts";
import { WakeUp } from "./wake-up.ts";
import { type FullWorkerOptions, WORKER_DEFAULTS, type WorkerOptions } from "./worker-options.ts";

// The worker: claim what there is room for (claimer.ts), run each task's handler (slots.ts, run-handler.ts), bring its
// outcome back (settler.ts), and keep the leases meanwhile (lease-keeper.ts). It alone turns outcomes into states.

export interface Worker {
  readonly runnerId: string;
  /** Resolves when nothing is claimable now, nothing runs and everything is settled. Rejects never. */
  idle(): Promise<void>;
  /** Claims nothing of this lane any more; resolves when its tasks here have ended. What was not started is given back. */
  stopLane(lane: string): Promise<void>;
  resumeLane(lane: string): void;
  /**
   * Stops claiming, aborts the handlers with `RUNNER_STOPPING` and gives them `graceMs` (default 3000); what has not
   * ended then is put back, its attempt not spent. Takes `graceMs` and at most about 2 s more.
   */
  stop(options?: { readonly graceMs?: number }): Promise<void>;
}

const LAST_WORDS_MS = 1000;
const OWN_HINT_MS = 100;

class QueueWorker implements Worker {
  readonly runnerId: string;
  readonly #options: FullWorkerOptions;
  readonly #events: TaskEvents;
  /** Claimed and not settled, by id. */
  readonly #active = new Map<string, ActiveTask>();
  readonly #local: LocalQueue;
  readonly #slots: Slots;
  readonly #settler: Settler;
  readonly #leases: LeaseKeeper;
  readonly #claimer: Claimer;
  readonly #reaper: Reaper;
  readonly #wakeUp: WakeUp;
  readonly #unsubscribe: Promise<() => Promise<void>>;
  readonly #loops: Promise<unknown>;
  readonly #conditions = new Conditions();
  readonly #stoppedLanes = new Set<string>();
  /** The last claim left nothing. */
  #isDrained = false;
  #isHinted = false;
  #foundAt = Number.NEGATIVE_INFINITY;
  /** The last hint of a cancellation, by `ticks`. */
  #cancelHintAt = Number.NEGATIVE_INFINITY;
  #isStopping = false;
  #stopped: Promise<void> | null = null;

  constructor(options: WorkerOptions) {
    this.#options = { ...WORKER_DEFAULTS, ...options };
    this.#events = options.events ?? new TaskEvents(options.log);
    const plans = planKinds(options);
    const runner = options.runnerId ?? newRunnerId(options.card);
    this.runnerId = runner;
    const kinds = [...plans.keys()];
    const { concurrency, log, random, ticks } = this.#options;
    const parts = { ...this.#options, events: this.#events, runner };
    this.#events.emit("worker:create", { runner, concurrency, kinds });
    this.#local = new LocalQueue({
      ticks,
      ttlMs: this.#options.prefetchTtlMs,
      onExpired: (tasks) => this.#giveBack(tasks, "its runner did not come to it"),
    });
    this.#slots = new Slots({
      ...parts,
      plans,
      onReport: (active) => this.#leases.report(active),
      onEnd: (active, outcome) => this.#end(active, outcome),
    });
    this.#settler = new Settler({
      ...parts,
      delayMs: this.#options.settleDelayMs,
      isBusy: () => this.#slots.size + this.#local.size > 0,
      onSettled: (active, status) => this.#settled(active, status),
    });
    this.#leases = new LeaseKeeper({
      ...parts,
      card: { ...options.card, id: runner, kinds, concurrency } satisfies RunnerCard,
      active: this.#active,
      abort: (active, code, message) => this.#abort(active, code, message),
    });
    this.#wakeUp = new WakeUp({ look: (hint, isAtOnce) => this.#look(hint, isAtOnce), random });
    this.#claimer = new Claimer({
      ...parts,
      request: this.#request(plans),
      stoppedLanes: this.#stoppedLanes,
      room: () => this.#room(),
      onAnswer: (answer, askedAt, isAll) => this.#accept(answer, askedAt, isAll),
      onRound: () => this.#conditions.ask(),
    });
    this.#reaper = new Reaper(parts);
    this.#unsubscribe = this.#subscribe();
    this.#loops = Promise.all([this.#claimer.running, this.#reaper.running]).catch((error: unknown) => {
      log.error({ err: error }, "the worker's loop ended by a defect");
      this.#events.emit("worker:fatal", { runner, error });
    });
  }

  idle(): Promise<void> {
    this.#isDrained = false;
    this.#claimer.ring();
    return this.#conditions.until(() => this.#isDrained && this.#active.size + this.#slots.size === 0);
  }

  stopLane(lane: string): Promise<void> {
    this.#stoppedLanes.add(lane);
    const isOfLane = ({ task }: ActiveTask) => task.lane === lane;
    this.#giveBack(this.#local.remove(isOfLane), "its runner left the lane");
    return this.#conditions.until(() => ![...this.#active.values(), ...this.#slots.running].some(isOfLane));
  }

  resumeLane(lane: string): void {
    this.#stoppedLanes.delete(lane);
    this.#claimer.ring();
  }

  stop({ graceMs = 3000 }: { readonly graceMs?: number } = {}): Promise<void> {
    this.#stopped ??= this.#stop(graceMs);
    return this.#stopped;
  }

  #request(plans: ReadonlyMap<string, KindPlan>): Omit<ClaimRequest, "limit"> {
    const { lanes, leaseMs } = this.#options;
    const timeLimitsMs: Record<string, number> = {};
    for (const [kind, { timeLimitMs }] of plans) if (timeLimitMs) timeLimitsMs[kind] = timeLimitMs;
    return { runner: this.runnerId, kinds: [...plans.keys()], leaseMs, timeLimitsMs, ...(lanes && { lanes }) };
  }

  async #subscribe(): Promise<() => Promise<void>> {
    const { queue, log } = this.#options;
    const runner = this.runnerId;
    try {
      const unsubscribe = await queue.subscribe(this.#wakeUp.hear);
      this.#events.emit("pool:listen:success", { runner });
      return unsubscribe;
    } catch (error) {
      log.warn({ err: error }, "no wake-ups: polling alone");
      this.#events.emit("pool:listen:error", { runner, error });
      return async () => {};
    }
  }

  /** Outcomes that wait for a slow queue take room as well, so that they cannot pile up. */
  #room(): Room {
    const { concurrency, prefetch } = this.#options;
    const most = this.#slots.ahead(prefetch);
    const unsettled = concurrency + 2 * most - this.#settler.size;
    const free = Math.max(0, Math.min(this.#slots.free - this.#local.size, unsettled));
    const isLow = unsettled > 0 && this.#local.size < most / 2;
    return { free, ahead: isLow ? most - this.#local.size : 0 };
  }

  #accept({ tasks }: ClaimAnswer, askedAt: number, isAll: boolean): void {
    this.#isDrained = isAll;
    if (this.#isHinted) this.#wakeUp.found(tasks.length > 0);
    this.#isHinted = false;
    if (tasks.length > 0) this.#foundAt = this.#options.ticks();
    const { leaseMs, ticks, prefetchTtlMs } = this.#options;
    const cameAt = ticks();
    const claimed = tasks.map((task) => new ActiveTask(task, { claimedAt: askedAt, cameAt, leaseMs }));
    for (const active of claimed) this.#active.set(active.task.id, active);
    this.#leases.hold(claimed, cameAt + prefetchTtlMs);
    // The hint may have been of one of these, cancelled after it was claimed and before we heard of it.
    if (claimed.length > 0 && this.#cancelHintAt >= askedAt) this.#leases.beat();
    this.#local.push(claimed);
    // The stop came while the claim was under way: given back unseen.
    const isUnwanted = ({ task }: ActiveTask) => this.#isStopping || this.#stoppedLanes.has(task.lane);
    this.#giveBack(this.#local.remove(isUnwanted), "its runner stopped");
    this.#fill();
    if (this.#local.size > 0) this.#events.emit("local:prefetch", { runner: this.runnerId, tasks: this.#local.size });
  }

  #fill(): void {
    while (this.#slots.free > 0) {
      // One at a time: a handler may keep this thread busy until the next is too old.
      const active = this.#local.take();
      if (!active) return;
      this.#leases.started(active);
      this.#slots.start(active);
    }
  }

  /** A handler's end. Nothing is said about a task that was put back because its handler was too slow. */
  #end(active: ActiveTask, outcome: Outcome): void {
    if (active.isLost) {
      this.#settled(active, null);
    } else if (!active.outcome) {
      active.outcome = outcome;
      this.#settler.push(active);
    }
    if (!this.#isStopping) this.#fill();
    // Where slots were left over before, one more changes nothing: its settlement may.
    if (!this.#isDrained) this.#claimer.ring();
    this.#conditions.ask();
  }

  #settled(active: ActiveTask, status: TaskStatus | null): void {
    if (this.#active.get(active.task.id) === active) this.#active.delete(active.task.id);
    this.#leases.drop(active);
    if (active.isStarted) announceEnd(this.#events, active, this.runnerId, status);
    // Its end may have opened its lane, or be no end; and there is room again.
    this.#isDrained = false;
    this.#claimer.ring();
    this.#conditions.ask();
  }

  #abort(active: ActiveTask, code: AbortCode, message: string): void {
    if (this.#local.remove((waiting) => waiting === active).length === 0) {
      this.#slots.abort(active, code, message);
    } else if (active.abort(code, message)) {
      this.#end(active, outcomeOfAbort(active.signal.reason, active.task));
    }
  }

  #giveBack(tasks: readonly ActiveTask[], reason: string): void {
    for (const active of tasks) {
      active.outcome = putBack(active.task, reason);
      this.#settler.push(active);
    }
    if (tasks.length > 0) this.#events.emit("local:return", { runner: this.runnerId, tasks: tasks.length, reason });
  }

  #look(hint: Hint, isAtOnce: boolean): void {
    if (hint === "cancel") {
      this.#cancelHintAt = this.#options.ticks();
      if (this.#active.size > 0) this.#leases.beat();
      return;
    }
    // A hint of what this worker has just claimed itself, or opened by settling, is no measure of how many others come.
    const isOwn = this.#settler.size > 0 || this.#options.ticks() - this.#foundAt < OWN_HINT_MS;
    this.#isHinted = isAtOnce && !isOwn;
    this.#claimer.ring();
  }

  async #stop(graceMs: number): Promise<void> {
    const runner = this.runnerId;
    this.#isStopping = true;
    this.#events.emit("worker:release", { runner });
    for (const part of [this.#claimer, this.#reaper, this.#wakeUp]) part.stop();
    this.#giveBack(this.#local.close(), "its runner stopped");
    for (const active of this.#slots.running) this.#slots.abort(active, "RUNNER_STOPPING", "The runner stops");
    await within(
      graceMs,
      this.#conditions.until(() => this.#slots.size === 0),
    );
    this.#release();
    // A claim may have been under way when the stop came; what it brings is given back.
    await within(LAST_WORDS_MS, Promise.all([this.#settler.drained(), this.#loops]));
    await within(LAST_WORDS_MS / 4, this.#settler.drained());
    this.#settler.abandon();
    await within(LAST_WORDS_MS, Promise.all([this.#unsubscribe.then((end) => end()), this.#leave()]));
    this.#slots.close();
    this.#local.close();
    this.#conditions.end();
    this.#events.emit("worker:stop", { runner });
  }

  /** Puts back what has not ended. */
  #release(): void {
    for (const active of this.#slots.running) {
      if (active.outcome || active.isLost) continue;
      active.outcome = outcomeOfAbort(active.signal.reason, active.task);
      this.#settler.push(active);
    }
  }

  async #leave(): Promise<void> {
    // A beat that is under way would make the card anew.
    await this.#leases.stop();
    await this.#options.queue.leave(this.runnerId);
  }
}

/** Starts claiming at once. Never throws and never rejects for a queue that does not answer: it goes on by itself. */
export const startWorker = (options: WorkerOptions): Worker => new QueueWorker(options);
