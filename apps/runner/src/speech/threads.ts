import { Worker } from "node:worker_threads";
import { ChapterhouseError } from "@chapterhouse/domain";
import type { ThreadReply } from "./thread-side.ts";

export interface ThreadsOptions {
  /** The thread's module; it calls `serve`. */
  readonly entry: URL;
  /** Cloned into each thread as `workerData`. */
  readonly data?: unknown;
  /** Threads at most; each does one request at a time. */
  readonly size: number;
  /** A request that takes longer costs its thread and fails with `ENGINE_TIMEOUT`. */
  readonly timeoutMs: number;
  /** A thread without work ends after this time and gives its memory back. */
  readonly idleMs: number;
}

export interface Threads<Request, Reply> {
  /**
   * Waits for a free thread, then for its reply. Rejects with the failure the thread reports, `ENGINE_FAILED` when the
   * thread dies, or the signal's reason. Aborting ends the thread at once: it may be deep in a computation.
   */
  run(request: Request, signal: AbortSignal): Promise<Reply>;
  close(): Promise<void>;
}

interface Job<Request, Reply> {
  readonly request: Request;
  readonly signal: AbortSignal;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
  /** Heard while it waits for a thread. */
  readonly leave: () => void;
}

/** One thread that is started when there is work, replaced when it dies, and ended when idle. */
class Lane<Request, Reply> {
  readonly #options: ThreadsOptions;
  #worker: Worker | null = null;
  #idleTimer: NodeJS.Timeout | undefined;
  #settle: ((outcome: { reply: Reply } | { error: unknown }, keepThread: boolean) => void) | null = null;
  readonly #ending = new Set<Promise<number>>();

  constructor(options: ThreadsOptions) {
    this.#options = options;
  }

  get busy(): boolean {
    return this.#settle !== null;
  }

  /** `onFree` is called once the lane can take the next job; never while this one is under way. */
  start(job: Job<Request, Reply>, onFree: () => void): void {
    clearTimeout(this.#idleTimer);
    const worker = (this.#worker ??= this.#spawn());
    worker.ref();
    const abort = () => this.#settle?.({ error: job.signal.reason }, false);
    const timer = setTimeout(() => {
      const message = `The speech engine did not answer within ${this.#options.timeoutMs} ms`;
      this.#settle?.({ error: new ChapterhouseError("ENGINE_TIMEOUT", message) }, false);
    }, this.#options.timeoutMs);
    job.signal.addEventListener("abort", abort, { once: true });
    this.#settle = (outcome, keepThread) => {
      this.#settle = null;
      clearTimeout(timer);
      job.signal.removeEventListener("abort", abort);
      if (keepThread) this.#rest(worker);
      else this.#end();
      if ("reply" in outcome) job.resolve(outcome.reply);
      else job.reject(outcome.error);
      onFree();
    };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window and has no origin
    worker.postMessage(job.request);
  }

  async close(): Promise<void> {
    this.#settle?.({ error: new ChapterhouseError("CANCELLED", "The speech engine was closed") }, false);
    this.#end();
    await Promise.all(this.#ending);
  }

  #spawn(): Worker {
    // No environment and no flags of ours: a thread that speaks to the network needs neither.
    const worker = new Worker(this.#options.entry, { workerData: this.#options.data, env: {}, execArgv: [] });
    const died = (cause: unknown) => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      const message = "The speech engine's thread died";
      this.#settle?.({ error: new ChapterhouseError("ENGINE_FAILED", message, { cause }) }, false);
    };
    worker.on("message", (answer: ThreadReply<Reply>) => {
      if (this.#worker !== worker) return;
      if (answer.ok) return this.#settle?.({ reply: answer.value }, true);
      const { code, message, details } = answer.error;
      this.#settle?.({ error: new ChapterhouseError(code, message, { details }) }, true);
    });
    worker.on("error", died);
    worker.on("exit", (code) => died(new Error(`exit code ${code}`)));
    return worker;
  }

  #rest(worker: Worker): void {
    worker.unref();
    this.#idleTimer = setTimeout(() => this.#end(), this.#options.idleMs);
    this.#idleTimer.unref();
  }

  #end(): void {
    clearTimeout(this.#idleTimer);
    const worker = this.#worker;
    this.#worker = null;
    if (worker === null) return;
    const ended = worker.terminate();
    this.#ending.add(ended);
    void ended.finally(() => this.#ending.delete(ended));
  }
}

/**
 * Runs requests in threads that may die. A thread does one request at a time, so ending it (abort, timeout) never
 * costs another request.
 */
export const createThreads = <Request, Reply>(options: ThreadsOptions): Threads<Request, Reply> => {
  const lanes = Array.from({ length: options.size }, () => new Lane<Request, Reply>(options));
  const waiting = new Set<Job<Request, Reply>>();
  let closed = false;

  const startNext = (): void => {
    const lane = lanes.find((lane) => !lane.busy);
    if (!lane) return;
    for (const job of waiting) {
      waiting.delete(job);
      job.signal.removeEventListener("abort", job.leave);
      // Aborted in this moment, by the signal that freed the thread.
      if (job.signal.aborted) job.reject(job.signal.reason);
      else return lane.start(job, startNext);
    }
  };

  return {
    run: (request, signal) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new ChapterhouseError("CANCELLED", "The speech engine is closed"));
        if (signal.aborted) return reject(signal.reason);
        const leave = () => {
          waiting.delete(job);
          reject(signal.reason);
        };
        const job = { request, signal, resolve, reject, leave };
        signal.addEventListener("abort", leave, { once: true });
        waiting.add(job);
        startNext();
      }),
    close: async () => {
      closed = true;
      const error = new ChapterhouseError("CANCELLED", "The speech engine was closed");
      for (const job of waiting) job.reject(error);
      waiting.clear();
      await Promise.all(lanes.map((lane) => lane.close()));
    },
  };
};
