import { hostname } from "node:os";
import { ChapterhouseError, type TaskError } from "@chapterhouse/domain";
import { pino } from "pino";
import { type CronItemInput, parseCronItems } from "../cron/cron-spec.ts";
import { saveCronItems } from "../cron/cron-items.ts";
import { startCron } from "../cron/start-cron.ts";
import { TaskEvents } from "../events.ts";
import type { TaskList, TaskLogger } from "../handler.ts";
import type { AddedTask, Crontab, Definitions, NewDefinition, NewTask } from "../ports.ts";
import { newRunnerId } from "./runner-id.ts";
import { untilAnswered } from "./until-answered.ts";
import { startWorker, type Worker } from "./worker.ts";
import type { WorkerOptions } from "./worker-options.ts";

export interface PoolOptions extends Omit<WorkerOptions, "card" | "concurrency" | "log" | "handlers"> {
  /** Of our own kinds, all of them; `kinds` says which are taken. */
  readonly handlers?: TaskList;
  /** Handlers at once; default 1. */
  readonly concurrency?: number;
  /** Default: a pino of its own, on stdout. */
  readonly logger?: TaskLogger;
  readonly card?: WorkerOptions["card"];
  /**
   * Default true: the first SIGTERM or SIGINT releases the pool, after which the process goes on to its end; a second
   * does what it does by default.
   */
  readonly handleSignals?: boolean;
  /** Told of each failed attempt of this pool, after it was stored. Not waited for; what it throws or rejects is logged. */
  readonly onError?: (lane: string, taskId: string, error: TaskError) => unknown;
  /** Registers `builtIn` and the defined kinds, as soon as the store answers. */
  readonly definitions?: Definitions;
  readonly builtIn?: readonly NewDefinition[];
  /** Fires what is due in it. */
  readonly crontab?: Crontab;
  /** Saved in `crontab` as all items of code: those that are not named go, with an empty list all. Throws `CRON_INVALID`. */
  readonly cronItems?: readonly CronItemInput[];
  /** How long handlers have to end when the pool is released; default 3000 ms. */
  readonly graceMs?: number;
}

export interface WorkerPool {
  readonly runnerId: string;
  readonly events: TaskEvents;
  /** Resolves when the pool was released, by `release`, a signal or a defect (`worker:fatal`). */
  wait(): Promise<void>;
  /** Gives back what it holds and closes. Resolves when that is done, however often it is asked. */
  release(reason?: string): Promise<void>;
  addTask(task: NewTask): Promise<AddedTask>;
  /** See `Worker`. */
  stopLane(lane: string): Promise<void>;
  resumeLane(lane: string): void;
}

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

class Pool implements WorkerPool {
  readonly events: TaskEvents;
  readonly #options: PoolOptions;
  readonly #log: TaskLogger;
  readonly #worker: Worker;
  readonly #over = Promise.withResolvers<void>();
  readonly #stopping = new AbortController();
  readonly #cron: ReturnType<typeof startCron> | null;
  /** `events` may be others' too, and outlive the pool. */
  readonly #unlisten: (() => void)[] = [];
  readonly #onSignal = (signal: NodeJS.Signals) => void this.release(signal);
  #released: Promise<void> | null = null;

  constructor(options: PoolOptions) {
    const { logger = pino(), events, crontab, cronItems = [], handleSignals = true, onError } = options;
    const { definitions, builtIn = [], defined = [] } = options;
    const specs = parseCronItems(cronItems);
    this.#options = options;
    this.#log = logger;
    this.events = events ?? new TaskEvents(logger);
    if (onError) this.#tellErrors(onError);
    // Better none than one that looks alive and claims nothing: whoever waits may start another.
    this.#unlisten.push(
      this.events.on("worker:fatal", ({ runner }) => {
        if (runner === this.runnerId) void this.release("worker:fatal");
      }),
    );
    const card = options.card ?? { host: hostname(), pid: process.pid, version: "0" };
    const runner = options.runnerId ?? newRunnerId(card);
    this.events.emit("pool:create", { runner });
    this.#worker = startWorker({
      concurrency: 1,
      ...options,
      card,
      runnerId: runner,
      log: logger,
      events: this.events,
    });
    if (definitions) {
      const all = [...builtIn, ...defined.map(({ definition }) => definition)];
      this.#persist("its kinds are not registered", () => definitions.define(all));
    }
    if (crontab && options.cronItems) {
      this.#persist("its cron items are not saved", () => saveCronItems(crontab, "code", specs, { exact: true }));
    }
    this.#cron = crontab ? startCron({ crontab, log: logger, events: this.events, runner }) : null;
    if (handleSignals) for (const signal of SIGNALS) process.once(signal, this.#onSignal);
  }

  get runnerId(): string {
    return this.#worker.runnerId;
  }

  wait(): Promise<void> {
    return this.#over.promise;
  }

  /** Resolves when nothing is claimable now, nothing runs and everything is settled. */
  idle(): Promise<void> {
    return this.#worker.idle();
  }

  release(reason = "release"): Promise<void> {
    this.#released ??= this.#release(reason).finally(this.#over.resolve);
    return this.#released;
  }

  async addTask(task: NewTask): Promise<AddedTask> {
    const [added] = await this.#options.queue.add([task]);
    if (added) return added;
    throw new ChapterhouseError("INTERNAL", "The queue answered nothing");
  }

  stopLane(lane: string): Promise<void> {
    return this.#worker.stopLane(lane);
  }

  resumeLane(lane: string): void {
    this.#worker.resumeLane(lane);
  }

  async #release(reason: string): Promise<void> {
    const runner = this.runnerId;
    const { graceMs = 3000 } = this.#options;
    this.events.emit("stop", { runner });
    this.events.emit("pool:gracefulShutdown", { runner, reason });
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
    this.#stopping.abort();
    await Promise.all([this.#cron?.stop(), this.#worker.stop({ graceMs })]);
    this.events.emit("pool:release", { runner });
    for (const end of this.#unlisten) end();
  }

  #tellErrors(onError: NonNullable<PoolOptions["onError"]>): void {
    for (const name of ["task:error", "task:failed"] as const) {
      this.#unlisten.push(
        this.events.on(name, ({ runner, task, error }) =>
          runner === this.runnerId ? onError(task.lane, task.id, error) : undefined,
        ),
      );
    }
  }

  #persist(failure: string, run: () => Promise<void>): void {
    untilAnswered(run, { log: this.#log, signal: this.#stopping.signal }).catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) this.#log.error({ err: error }, failure);
    });
  }
}

/** Claims and does tasks until it is released. Throws `CRON_INVALID` and `KIND_INVALID` for what cannot be. */
export const runTaskList = (options: PoolOptions): WorkerPool => new Pool(options);

/** Does tasks until nothing is claimable, then releases everything. Tasks that are due later stay. */
export const runTaskListOnce = async (options: PoolOptions): Promise<void> => {
  const pool = new Pool(options);
  await pool.idle();
  await pool.release("nothing is left");
};
