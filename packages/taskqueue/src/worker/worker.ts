import { ChapterhouseError, type Outcome, type TaskKind } from "@chapterhouse/domain";
import type { TaskContext, TaskHandlers, TaskLogger } from "../handler.ts";
import type { RunnerCard, TaskQueue } from "../ports.ts";
import { ActiveTask } from "./active-task.ts";
import { Alarm } from "./alarm.ts";
import { Backoff } from "./backoff.ts";
import { Heart } from "./heart.ts";
import { outcomeOfAbort, outcomeOfThrow, putBack } from "./outcome.ts";
import { Settler } from "./settler.ts";

// The loop: claim what there is room for (#claimLoop), run each task's handler (#handle), bring its outcome back
// (settler.ts), and keep the leases meanwhile (heart.ts). The loop alone turns outcomes into states.

export interface WorkerOptions {
  readonly queue: TaskQueue;
  readonly handlers: TaskHandlers;
  readonly card: Pick<RunnerCard, "host" | "pid" | "version">;
  /** Handlers at once. */
  readonly concurrency: number;
  readonly log: TaskLogger;
  /** How long a claim holds without a heartbeat; default 20,000 ms. At least three times `heartbeatMs`. */
  readonly leaseMs?: number;
  /** Default 5000 ms. */
  readonly heartbeatMs?: number;
  /** How often an idle worker looks for work that no hint told it of; default 1000 ms. */
  readonly pollMs?: number;
  /** How often it takes back what other runners left behind; default 5000 ms. */
  readonly reapMs?: number;
  readonly now?: () => number;
  readonly random?: () => number;
}

export interface Worker {
  /** New for every start, so that a restarted process never beats for the one before. */
  readonly runnerId: string;
  /** Resolves when nothing is claimable now, nothing runs and everything is settled. Rejects never. */
  idle(): Promise<void>;
  /**
   * Stops claiming, aborts the handlers with `RUNNER_STOPPING` and gives them `graceMs` (default 3000); what has not
   * ended then is put back, its attempt not spent. Takes at most `graceMs` and about 1.5 s more.
   */
  stop(options?: { readonly graceMs?: number }): Promise<void>;
}

/** A hint is sent at most every 50 ms, so what was added right after one is found by looking again. */
const LOOK_AGAIN_MS = 75;
const LAST_WORDS_MS = 1000;
const CLOCKS_APART_MS = 50;

class QueueWorker implements Worker {
  readonly runnerId: string;
  readonly #options: Required<WorkerOptions>;
  readonly #kinds: readonly string[];
  readonly #active = new Map<string, ActiveTask>();
  readonly #settler: Settler;
  readonly #heart: Heart;
  readonly #alarm = new Alarm();
  readonly #lookAgain = new Map<string, NodeJS.Timeout>();
  readonly #unsubscribe: Promise<() => Promise<void>>;
  readonly #loops: Promise<unknown>;
  readonly #idlers = new Set<() => void>();
  readonly #reapAlarm = new Alarm();
  readonly #handling = new Set<Promise<void>>();
  #isDrained = false;
  #isStopping = false;
  #stopped: Promise<void> | null = null;

  constructor(options: WorkerOptions) {
    this.#options = {
      leaseMs: 20_000,
      heartbeatMs: 5000,
      pollMs: 1000,
      reapMs: 5000,
      now: Date.now,
      random: Math.random,
      ...options,
    };
    const { queue, card, concurrency, log, random } = this.#options;
    this.#kinds = Object.keys(options.handlers);
    const host = card.host.replaceAll(/[^A-Za-z0-9.-]/g, "-").slice(0, 64);
    this.runnerId = `${host}-${card.pid}-${crypto.randomUUID().slice(0, 8)}`;
    const runner: RunnerCard = { ...card, id: this.runnerId, kinds: [...this.#kinds], concurrency };
    this.#settler = new Settler({ queue, log, random, onSettled: (active) => this.#forget(active) });
    this.#heart = new Heart({ ...this.#options, card: runner, active: this.#active });
    this.#unsubscribe = queue
      .subscribe((hint) => this.#wake(hint))
      .catch((error: unknown) => {
        log.warn({ err: error }, "no wake-ups: polling alone");
        return async () => {};
      });
    this.#loops = Promise.all([this.#claimLoop(), this.#reapLoop()]);
  }

  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idlers.add(resolve);
      this.#isDrained = false;
      this.#alarm.ring();
    });
  }

  stop({ graceMs = 3000 }: { readonly graceMs?: number } = {}): Promise<void> {
    this.#stopped ??= this.#stop(graceMs);
    return this.#stopped;
  }

  /** Room for new claims. Outcomes that wait for a slow queue count as well, so that they cannot pile up. */
  get #room(): number {
    const { concurrency } = this.#options;
    return Math.min(concurrency - this.#handling.size, 2 * concurrency - this.#active.size);
  }

  async #claimLoop(): Promise<void> {
    const { pollMs, log, random } = this.#options;
    const backoff = new Backoff(random);
    while (!this.#isStopping) {
      let sleepMs = pollMs;
      try {
        if (this.#room > 0 && this.#kinds.length > 0) sleepMs = await this.#claim(this.#room);
        backoff.succeeded();
      } catch (error) {
        sleepMs = backoff.failed();
        log.warn({ err: error, retryInMs: Math.round(sleepMs) }, "cannot claim");
      }
      this.#tellIdlers();
      await this.#alarm.sleep(sleepMs);
      // All slots that came free in this turn of the event loop go into one claim.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  /** Answers how long to sleep when nothing rings. */
  async #claim(limit: number): Promise<number> {
    const { queue, leaseMs, pollMs, now } = this.#options;
    const askedAt = now();
    const answer = await queue.claim({ runner: this.runnerId, kinds: this.#kinds, limit, leaseMs });
    this.#isDrained = answer.tasks.length < limit;
    for (const task of answer.tasks) this.#start(new ActiveTask(task, askedAt + leaseMs));
    if (answer.tasks.length === limit) return pollMs;
    if (answer.nextAt === null) return pollMs;
    const wait = answer.nextAt - now();
    // Past already although it was not claimable: the queue's clock is behind ours.
    return Math.min(pollMs, wait > 0 ? wait : CLOCKS_APART_MS);
  }

  #start(active: ActiveTask): void {
    this.#active.set(active.task.id, active);
    // Claimed while stopping: given back unseen.
    if (this.#isStopping) active.abort("RUNNER_STOPPING", "The runner stops");
    const handling = this.#handle(active).then((outcome) => {
      this.#handling.delete(handling);
      this.#finish(active, outcome);
    });
    this.#handling.add(handling);
  }

  /** Never rejects. */
  async #handle(active: ActiveTask): Promise<Outcome> {
    const { handlers, now, random, log } = this.#options;
    const { task, signal } = active;
    try {
      signal.throwIfAborted();
      const handler = handlers[task.kind as TaskKind];
      if (!handler) throw new ChapterhouseError("NO_HANDLER", `Nothing here does ${task.kind}`);
      const outcome: Outcome | undefined = await handler(task.payload as never, this.#context(active));
      if (outcome) return outcome;
      throw new ChapterhouseError("INTERNAL", `The handler of ${task.kind} returned no outcome`);
    } catch (thrown) {
      if (signal.aborted) return outcomeOfAbort(signal.reason, task);
      log.warn({ err: thrown, task: task.id, kind: task.kind }, "a task's handler threw");
      return outcomeOfThrow(thrown, now(), random);
    }
  }

  #context(active: ActiveTask): TaskContext {
    const { task, fence, signal } = active;
    const { queue, log } = this.#options;
    return {
      task,
      fence,
      signal,
      runner: this.runnerId,
      log,
      lastAttempt: task.attempts >= task.maxAttempts,
      lanes: queue,
      progress: (progress) => {
        active.report(progress);
        this.#heart.progressed();
      },
      addChildren: (tasks) => queue.add(tasks, fence),
    };
  }

  /** The handler's end. Nothing is said about a task that is lost, or was put back because its handler was too slow. */
  #finish(active: ActiveTask, outcome: Outcome): void {
    if (!active.outcome && !active.isLost) {
      active.outcome = outcome;
      this.#settler.push(active);
    } else if (active.isLost) {
      this.#forget(active);
    }
    this.#alarm.ring();
  }

  #forget(active: ActiveTask): void {
    if (this.#active.get(active.task.id) === active) this.#active.delete(active.task.id);
    // Its end may have opened its lane; and there is room again.
    this.#alarm.ring();
  }

  /** Acts at once and, since a hint stands for all that follows within 50 ms, once more after the last one. */
  #wake(hint: "work" | "cancel"): void {
    if (this.#isStopping) return;
    const look = () => {
      if (hint === "work") this.#alarm.ring();
      else if (this.#active.size > 0) this.#heart.beat();
    };
    look();
    clearTimeout(this.#lookAgain.get(hint));
    this.#lookAgain.set(hint, setTimeout(look, LOOK_AGAIN_MS));
  }

  async #reapLoop(): Promise<void> {
    const { queue, reapMs, log, random } = this.#options;
    while (!this.#isStopping) {
      await this.#reapAlarm.sleep(reapMs * (0.75 + random() / 2));
      if (this.#isStopping) return;
      try {
        const reaped = await queue.reap(0);
        if (reaped.pending + reaped.failed + reaped.cancelled > 0) log.info(reaped, "took back what a runner left");
      } catch (error) {
        log.debug({ err: error }, "cannot reap");
      }
    }
  }

  #tellIdlers(): void {
    if (!this.#isStopping && (!this.#isDrained || this.#active.size > 0 || this.#handling.size > 0)) return;
    for (const tell of this.#idlers) tell();
    this.#idlers.clear();
  }

  async #stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.#alarm.ring();
    this.#reapAlarm.ring();
    for (const timer of this.#lookAgain.values()) clearTimeout(timer);
    for (const active of this.#active.values()) active.abort("RUNNER_STOPPING", "The runner stops");
    await within(graceMs, Promise.all(this.#handling));
    this.#release();
    await within(LAST_WORDS_MS, Promise.all([this.#settler.drained(), this.#loops]));
    // A claim may have been under way when the stop came.
    this.#release();
    await within(LAST_WORDS_MS / 4, this.#settler.drained());
    this.#settler.abandon();
    const unsubscribe = async () => (await this.#unsubscribe)();
    const leave = async () => {
      // A beat that is under way would make the card anew.
      await this.#heart.stop();
      await this.#options.queue.leave(this.runnerId);
    };
    await within(LAST_WORDS_MS / 4, Promise.all([unsubscribe(), leave()]));
    this.#tellIdlers();
  }

  /** Puts back what has not ended. */
  #release(): void {
    for (const active of this.#active.values()) {
      if (active.outcome || active.isLost) continue;
      active.outcome = putBack(active.task, "its runner stopped");
      this.#settler.push(active);
    }
  }
}

/** Resolves when `work` ends, however it does, and after `ms` at the latest. */
const within = async (ms: number, work: Promise<unknown>): Promise<void> => {
  const limit = Promise.withResolvers<void>();
  const timer = setTimeout(limit.resolve, ms);
  await Promise.race([work.catch(() => {}), limit.promise]);
  clearTimeout(timer);
};

/** Starts claiming at once. Never throws and never rejects for a queue that does not answer: it goes on by itself. */
export const startWorker = (options: WorkerOptions): Worker => new QueueWorker(options);
