import { ChapterhouseError } from "@chapterhouse/domain";
import { afterEach } from "vitest";
import {
  createMemoryQueue,
  startWorker,
  type TaskHandlers,
  type TaskLogger,
  type TaskQueue,
  type Worker,
  type WorkerOptions,
} from "../../src/index.ts";

const silent: TaskLogger = { debug() {}, info() {}, warn() {}, error() {} };

const started: Worker[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((worker) => worker.stop({ graceMs: 0 })));
});

/** A worker that is stopped at the end of the test at the latest. Polls rarely, so that tests see hints at work. */
export const workOn = (
  queue: TaskQueue,
  handlers: TaskHandlers,
  options: Partial<Omit<WorkerOptions, "queue" | "handlers">> = {},
): Worker => {
  const worker = startWorker({
    queue,
    handlers,
    card: { host: "test host", pid: process.pid, version: "0" },
    concurrency: 4,
    pollMs: 10_000,
    log: silent,
    ...options,
  });
  started.push(worker);
  return worker;
};

/** A queue in memory whose calls can be made to fail. */
export class FlakyQueue {
  readonly inner: TaskQueue;
  readonly queue: TaskQueue;
  /** Whether the next call of this name fails, and how: before it reached the queue, or after (the answer is lost). */
  fails: (name: string) => "before" | "after" | ChapterhouseError | false = () => false;
  #onFailure: () => void = () => {};

  constructor(inner: TaskQueue = createMemoryQueue()) {
    this.inner = inner;
    this.queue = new Proxy(inner, {
      get: (target, name: keyof TaskQueue) => {
        const method = target[name] as (...values: unknown[]) => Promise<unknown>;
        return (...values: unknown[]) => this.#call(name, () => method.apply(target, values));
      },
    });
  }

  /** Resolves at the next failure. */
  failed(): Promise<void> {
    return new Promise((resolve) => {
      this.#onFailure = resolve;
    });
  }

  async #call(name: string, run: () => Promise<unknown>): Promise<unknown> {
    const failure = this.fails(name);
    if (failure === false) return run();
    if (failure === "after") await run();
    this.#onFailure();
    if (failure instanceof ChapterhouseError) throw failure;
    throw new ChapterhouseError("STORE_UNREACHABLE", "the test took it away");
  }
}
