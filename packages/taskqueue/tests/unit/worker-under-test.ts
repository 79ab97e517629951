import { ChapterhouseError, type Outcome } from "@chapterhouse/domain";
import { afterEach } from "vitest";
import {
  createMemoryQueue,
  type NewTask,
  startWorker,
  type TaskHandlers,
  type TaskLogger,
  type TaskQueue,
  type Worker,
  type WorkerOptions,
} from "../../src/index.ts";

export const silent: TaskLogger = { debug() {}, info() {}, warn() {}, error() {} };

export const book: NewTask = { kind: "scrape.book", payload: { url: "http://book.example/1" } };
export const chapters = (count: number): NewTask[] =>
  Array.from({ length: count }, (_, index) => ({
    kind: "narrate.chapter",
    payload: { slug: "a-book", chapter: index + 1, voice: "flite:rms" },
  }));
export const done: Outcome = { type: "done" };

export const addOne = async (queue: TaskQueue, task: NewTask = book): Promise<string> => {
  const [added] = await queue.add([task]);
  if (!added) throw new Error("nothing was added");
  return added.task.id;
};
export const findOne = async (queue: TaskQueue, id: string) => {
  const [task] = await queue.find([id]);
  if (!task) throw new Error("no such task");
  return task;
};
/** Resolves with the reason's code when the signal is aborted. */
export const aborted = (signal: AbortSignal): Promise<string> =>
  new Promise((resolve) => {
    const tell = () => resolve(signal.reason instanceof ChapterhouseError ? signal.reason.code : "?");
    if (signal.aborted) tell();
    else signal.addEventListener("abort", tell, { once: true });
  });
export const endless = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });

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
