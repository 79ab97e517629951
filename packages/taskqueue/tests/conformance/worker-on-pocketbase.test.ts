import { hostname } from "node:os";
import type { Outcome } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import {
  createPocketBaseQueue,
  startWorker,
  type TaskHandlers,
  type TaskLogger,
  type TaskQueue,
} from "../../src/index.ts";
import { addOne, done, findOne, narration } from "./queue-under-test.ts";
import { storeUnderTest } from "./store-under-test.ts";

const { open, store } = storeUnderTest();
const silent: TaskLogger = { debug() {}, info() {}, warn() {}, error() {} };
const LEASE_MS = 1500;

const work = (queue: TaskQueue, handlers: TaskHandlers, options: { pollMs?: number; concurrency?: number } = {}) =>
  startWorker({
    queue,
    handlers,
    card: { host: hostname(), pid: process.pid, version: "0" },
    concurrency: 20,
    leaseMs: LEASE_MS,
    heartbeatMs: 300,
    reapMs: 200,
    log: silent,
    ...options,
  });

test("realtime wakes a worker long before its poll", async () => {
  const queue = await open();
  let ran = Promise.withResolvers<void>();
  const connected = Promise.withResolvers<void>();
  const unsubscribe = await queue.runner.subscribe(() => connected.resolve());
  const worker = work(
    queue.runner,
    {
      "narrate.chapter": async () => {
        ran.resolve();
        return done;
      },
    },
    { pollMs: 600_000 },
  );
  try {
    await connected.promise;
    for (let chapter = 1; chapter <= 25; chapter += 1) {
      await worker.idle();
      const { id } = await addOne(queue, narration(chapter));
      await ran.promise;
      ran = Promise.withResolvers<void>();
      await worker.idle();
      expect((await findOne(queue, id)).status).toBe("done");
    }
  } finally {
    await unsubscribe();
    await worker.stop();
  }
});

test("a cancellation reaches a running handler", async () => {
  const queue = await open();
  const { id } = await addOne(queue, narration(1));
  const running = Promise.withResolvers<void>();
  const worker = work(queue.runner, {
    "narrate.chapter": (_, { signal }) =>
      new Promise<Outcome>((_resolve, reject) => {
        running.resolve();
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      }),
  });
  try {
    await running.promise;
    await queue.backend.cancel([id]);
    await worker.idle();
    expect((await findOne(queue, id)).status).toBe("cancelled");
  } finally {
    await worker.stop();
  }
});

test("PocketBase killed under load: every acknowledged add and settle is there, and the worker goes on by itself", async () => {
  const queue = await open();
  const settled = new Map<string, number>();
  const enough = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const watched: TaskQueue = Object.assign(createPocketBaseQueue(store().runner), {});
  const settle = watched.settle.bind(watched);
  watched.settle = async (settlements) => {
    const answers = await settle(settlements);
    for (const [index, { id, status }] of answers.entries()) {
      if (status !== null) settled.set(id, settlements[index]?.lease ?? 0);
    }
    if (settled.size > 300) enough[0]?.resolve();
    if (settled.size > killedAt + 300) enough[1]?.resolve();
    return answers;
  };
  let killedAt = Number.POSITIVE_INFINITY;
  const added: string[] = [];
  let chapter = 0;
  const addedEnough = new AbortController();
  const adder = async () => {
    while (!addedEnough.signal.aborted) {
      const batch = Array.from({ length: 10 }, () => narration((chapter += 1)));
      try {
        for (const { task } of await queue.backend.add(batch)) added.push(task.id);
      } catch {
        // Not acknowledged: it may be there or not.
        await new Promise((resolve) => {
          setTimeout(resolve, 20);
        });
      }
    }
  };
  const worker = work(watched, { "narrate.chapter": async () => done }, { pollMs: 100 });
  const adders = [adder(), adder(), adder()];
  try {
    await enough[0]?.promise;
    killedAt = settled.size;
    await store().kill();
    await store().restart();
    await enough[1]?.promise;
    addedEnough.abort();
    await Promise.all(adders);
    // What was claimed without an answer comes back when its lease has run out.
    const isUnfinished = async () => {
      const counts = (await queue.backend.counts())["narrate.chapter"];
      return (counts?.running ?? 0) + (counts?.pending ?? 0) > 0;
    };
    while (await isUnfinished()) await worker.idle();
    const tasks = new Map<string, { status: string; lease: number }>();
    for (let from = 0; from < added.length; from += 500) {
      for (const task of await queue.backend.find(added.slice(from, from + 500))) if (task) tasks.set(task.id, task);
    }
    expect(added.filter((id) => tasks.get(id)?.status !== "done")).toEqual([]);
    // A settle that was acknowledged and then lost would have been done again, under a later lease.
    const redone = [...settled].filter(([id, lease]) => tasks.has(id) && tasks.get(id)?.lease !== lease);
    expect(redone).toEqual([]);
  } finally {
    addedEnough.abort();
    await worker.stop();
  }
});
