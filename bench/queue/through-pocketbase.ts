import { hostname } from "node:os";
import type { TemporaryStore } from "@chapterhouse/pocketbase";
import {
  createPocketBaseQueue,
  type NewTask,
  startWorker,
  type TaskLogger,
  type TaskQueue,
} from "@chapterhouse/taskqueue";

const silent: TaskLogger = { debug() {}, info() {}, warn() {}, error() {} };
const BATCH = 1000;

export const noopTask = (index: number): NewTask<"scrape.book"> => ({
  kind: "scrape.book",
  payload: { url: `http://bench.example/${index}?${"x".repeat(160)}` },
});

/** A single task of another kind, so that its start is told apart from the bulk. */
const single: NewTask = { kind: "scrape.catalogue", payload: { url: "http://bench.example/" } };

const perSecond = (count: number, from: number): number => (count / (performance.now() - from)) * 1000;

const timed = async (times: number, run: (index: number) => Promise<unknown>): Promise<number[]> => {
  const measured: number[] = [];
  for (let index = 0; index < times; index += 1) {
    const from = performance.now();
    await run(index);
    measured.push(performance.now() - from);
  }
  return measured;
};

export const measureBulkAdd = async (backend: TaskQueue, count: number): Promise<number> => {
  const from = performance.now();
  for (let first = 0; first < count; first += BATCH) {
    await backend.add(Array.from({ length: BATCH }, (_, index) => noopTask(first + index)));
  }
  return perSecond(count, from);
};

/** One at a time, and with ten callers at once; both are answered only when stored. */
export const measureSingleAdds = async (backend: TaskQueue, count: number) => {
  const alone = performance.now();
  for (let index = 0; index < count; index += 1) await backend.add([noopTask(index)]);
  const addPerS = perSecond(count, alone);
  const together = performance.now();
  const adder = async () => {
    for (let index = 0; index < count / 2; index += 1) await backend.add([noopTask(index)]);
  };
  await Promise.all(Array.from({ length: 10 }, adder));
  return { addPerS, tenAddPerS: perSecond(5 * count, together) };
};

/** Milliseconds of each claim of one, settled in between. */
export const measureClaims = async (runner: TaskQueue, times: number): Promise<number[]> => {
  const measured: number[] = [];
  for (let index = 0; index < times; index += 1) {
    const from = performance.now();
    const { tasks } = await runner.claim({ runner: "bench", kinds: ["scrape.book"], limit: 1, leaseMs: 60_000 });
    measured.push(performance.now() - from);
    await runner.settle(tasks.map(({ id, lease }) => ({ taskId: id, lease, outcome: { type: "done" } })));
  }
  return measured;
};

/** No-op handlers, as many at once as `concurrency`, until nothing is left. Then single tasks, added while it idles. */
export const measureWorker = async (store: TemporaryStore, concurrency: number, pending: number, singles: number) => {
  const runner = createPocketBaseQueue(store.runner);
  const backend = createPocketBaseQueue(store.backend);
  let started = Promise.withResolvers<void>();
  let ran = 0;
  const from = performance.now();
  const worker = startWorker({
    queue: runner,
    handlers: {
      "scrape.book": async () => {
        ran += 1;
        return { type: "done" };
      },
      "scrape.catalogue": async () => {
        started.resolve();
        return { type: "done" };
      },
    },
    card: { host: hostname(), pid: process.pid, version: "bench" },
    concurrency,
    log: silent,
  });
  await worker.idle();
  const processPerS = perSecond(pending, from);
  if (ran !== pending) throw new Error(`${ran} of ${pending} tasks ran`);
  const startMs = await timed(singles, async () => {
    await backend.add([single]);
    await started.promise;
    started = Promise.withResolvers();
  });
  await worker.stop();
  return { processPerS, startMs };
};

/** Milliseconds of the pages that people look at. */
export const measureReads = async (backend: TaskQueue, times: number) => {
  const filters = [
    {},
    { parent: null },
    { status: ["done"] as const },
    { status: ["pending", "running", "waiting"] as const },
    { kinds: ["scrape.book"], status: ["failed"] as const },
  ];
  const listMs = await timed(times, (index) => backend.list({ ...filters[index % filters.length], limit: 50 }));
  const countsMs = await timed(times, () => backend.counts());
  return { listMs, countsMs };
};
