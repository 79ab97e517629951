import { expect, test } from "vitest";
import { startWorker, TaskEvents, type TaskLogger } from "../../src/index.ts";
import { claim, done, narration } from "./queue-under-test.ts";
import { storeUnderTest } from "./store-under-test.ts";

const { open } = storeUnderTest();
const silent: TaskLogger = { debug() {}, info() {}, warn() {}, error() {} };
const RUNNING = 100;
const FAST = 300;
const ALL = 1000;

test("a stop under load: no attempt is spent, all is claimable at once, and it takes less than five seconds", async () => {
  const queue = await open();
  await queue.backend.add(Array.from({ length: ALL }, (_, index) => narration(index + 1)));
  const events = new TaskEvents(silent);
  const prefetched: number[] = [];
  events.on("local:prefetch", ({ tasks }) => prefetched.push(tasks));
  const full = Promise.withResolvers<void>();
  let begun = 0;
  const worker = startWorker({
    queue: queue.runner,
    events,
    handlers: {
      "narrate.chapter": async (_, { signal }) => {
        begun += 1;
        if (begun <= FAST) return done;
        if (begun === FAST + RUNNING) full.resolve();
        // Every other one does not heed its signal.
        return new Promise((_resolve, reject) => {
          if (begun % 2 === 0) signal.addEventListener("abort", () => reject(signal.reason as Error));
        });
      },
    },
    card: { host: "here", pid: process.pid, version: "0" },
    concurrency: RUNNING,
    prefetchTtlMs: 60_000,
    log: silent,
  });
  await full.promise;
  expect(prefetched.at(-1)).toBeGreaterThan(0);
  const from = performance.now();
  await worker.stop({ graceMs: 1000 });
  expect(performance.now() - from).toBeLessThan(5000);

  expect((await queue.backend.counts())["narrate.chapter"]).toMatchObject({
    done: FAST,
    pending: ALL - FAST,
    running: 0,
  });
  const claimable = await claim(queue, ALL);
  expect(claimable).toHaveLength(ALL - FAST);
  expect(claimable.filter(({ attempts, crashes }) => attempts !== 1 || crashes !== 0)).toEqual([]);
  expect(await queue.backend.listRunners()).toEqual([]);
});
