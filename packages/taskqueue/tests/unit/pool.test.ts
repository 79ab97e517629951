import { once } from "node:events";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import {
  createMemoryPorts,
  defineKind,
  type PoolOptions,
  runTaskList,
  runTaskListOnce,
  type TaskEventName,
  TaskEvents,
  type TaskList,
} from "../../src/index.ts";
import { addOne, book, chapters, done, endless, findOne, FlakyQueue, silent } from "./worker-under-test.ts";

const nothing = async () => done;
const handlers: TaskList = {
  "scrape.catalogue": nothing,
  "scrape.book": nothing,
  "scrape.book_range": nothing,
  "scrape.chapter": nothing,
  "narrate.chapter": nothing,
};
const quiet = { handlers, logger: silent, handleSignals: false } satisfies Partial<PoolOptions>;

test("once: all that is claimable is done, what is due later stays, and everything is closed", async () => {
  const { queue } = createMemoryPorts();
  await queue.add(chapters(30));
  const later = await addOne(queue, { ...book, runAt: Date.now() + 3_600_000 });
  await runTaskListOnce({ ...quiet, queue, concurrency: 5 });
  expect((await queue.counts())["narrate.chapter"]?.done).toBe(30);
  expect((await findOne(queue, later)).status).toBe("pending");
  expect(await queue.listRunners()).toEqual([]);
});

test("a pool does what is added until it is released, and says so to those who wait", async () => {
  const { queue } = createMemoryPorts();
  const events = new TaskEvents(silent);
  const pool = runTaskList({ ...quiet, queue, events });
  const completed = new Promise((resolve) => {
    events.on("task:complete", resolve);
  });
  const { task } = await pool.addTask(book);
  await completed;
  expect((await findOne(queue, task.id)).status).toBe("done");
  const waited = pool.wait();
  await Promise.all([pool.release(), pool.release()]);
  await waited;
  await pool.addTask({ ...book, key: "after" });
  expect((await queue.counts())["scrape.book"]).toMatchObject({ done: 1, pending: 1 });
});

test("its events are those of its life, in order", async () => {
  const { queue } = createMemoryPorts();
  const events = new TaskEvents(silent);
  const heard: TaskEventName[] = [];
  const all: TaskEventName[] = [
    "pool:create",
    "pool:listen:success",
    "worker:create",
    "stop",
    "pool:gracefulShutdown",
    "worker:release",
    "worker:stop",
    "pool:release",
  ];
  for (const name of all) events.on(name, () => heard.push(name));
  const pool = runTaskList({ ...quiet, queue, events });
  await vi.waitFor(() => expect(heard).toContain("pool:listen:success"));
  await pool.release();
  expect(heard).toEqual([
    "pool:create",
    "worker:create",
    "pool:listen:success",
    "stop",
    "pool:gracefulShutdown",
    "worker:release",
    "worker:stop",
    "pool:release",
  ]);
});

test("a defect of its loop ends it, and those who wait hear of it", async () => {
  const { queue } = createMemoryPorts();
  const events = new TaskEvents(silent);
  const defects: unknown[] = [];
  events.on("worker:fatal", ({ error }) => defects.push(error));
  const random = () => {
    throw new Error("no dice");
  };
  await runTaskList({ ...quiet, queue, events, random }).wait();
  expect(defects).toEqual([new Error("no dice")]);
  expect(await queue.listRunners()).toEqual([]);
});

test("every failed attempt is told to onError, with its lane", async () => {
  const { queue } = createMemoryPorts();
  const id = await addOne(queue, { ...book, lane: "host:book.example", maxAttempts: 2 });
  const told: unknown[] = [];
  const failing: TaskList = { ...handlers, "scrape.book": () => Promise.reject(new Error("broken")) };
  await runTaskListOnce({
    ...quiet,
    queue,
    handlers: failing,
    policies: { "scrape.book": { retryDelaysMs: [0] } },
    onError: (lane, taskId, { code, message }) => told.push([lane, taskId, code, message]),
  });
  const failure = ["host:book.example", id, "INTERNAL", "broken"];
  expect(told).toEqual([failure, failure]);
});

test("pools that share their events are told of their own failures alone", async () => {
  const events = new TaskEvents(silent);
  const told: string[] = [];
  const failing: TaskList = { ...handlers, "scrape.book": () => Promise.reject(new Error("broken")) };
  const shared = { ...quiet, events, handlers: failing };
  const other = runTaskList({ ...shared, queue: createMemoryPorts().queue, onError: () => told.push("other") });
  for (const name of ["first", "second"]) {
    const { queue } = createMemoryPorts();
    await addOne(queue, { ...book, maxAttempts: 1 });
    await runTaskListOnce({ ...shared, queue, onError: () => told.push(name) });
  }
  await other.release();
  expect(told).toEqual(["first", "second"]);
});

describe("signals", () => {
  test("the first releases the pool, and a second is nobody's any more", async () => {
    const { queue } = createMemoryPorts();
    const events = new TaskEvents(silent);
    const before = process.listenerCount("SIGTERM");
    const id = await addOne(queue);
    const started = new Promise((resolve) => {
      events.on("task:start", resolve);
    });
    const stuck: TaskList = { ...handlers, "scrape.book": (_, { signal }) => endless(signal) };
    const pool = runTaskList({ queue, logger: silent, handlers: stuck, events });
    await started;
    expect(process.listenerCount("SIGTERM")).toBe(before + 1);
    let reason = "";
    events.on("pool:gracefulShutdown", (data) => {
      reason = data.reason;
    });
    process.emit("SIGTERM", "SIGTERM");
    expect(process.listenerCount("SIGTERM")).toBe(before);
    await pool.wait();
    expect(reason).toBe("SIGTERM");
    expect(await findOne(queue, id)).toMatchObject({ status: "pending", attempts: 0 });
  });

  test("they can be left to others", async () => {
    const before = process.listenerCount("SIGINT");
    const pool = runTaskList({ ...quiet, queue: createMemoryPorts().queue });
    expect(process.listenerCount("SIGINT")).toBe(before);
    await pool.release();
  });
});

describe("what it registers", () => {
  const mail = defineKind({
    kind: "mail",
    title: "Send a mail",
    payload: z.object({ to: z.string() }),
    handler: nothing,
    defaults: { priority: 5 },
  });

  test("its kinds, as soon as the store answers", async () => {
    const { queue, definitions } = createMemoryPorts();
    let refusals = 2;
    const flaky = new FlakyQueue(queue);
    const define: typeof definitions.define = async (all) => {
      if ((refusals -= 1) >= 0) await Promise.reject(await storeError(flaky));
      return definitions.define(all);
    };
    const builtIn = [{ kind: "scrape.book", title: "Read a book" }];
    const pool = runTaskList({ ...quiet, queue, defined: [mail], builtIn, definitions: { ...definitions, define } });
    await expect
      .poll(() => definitions.listDefinitions())
      .toMatchObject([
        { kind: "mail", defaults: { priority: 5 }, payloadSchema: { required: ["to"] } },
        { kind: "scrape.book", title: "Read a book" },
      ]);
    await pool.release();
  });

  test("its cron items, which it fires", async () => {
    const now = { ms: Date.parse("2026-03-01T00:00:30Z") };
    const { queue, crontab } = createMemoryPorts({ now: () => now.ms });
    const events = new TaskEvents(silent);
    const ports = { ...quiet, queue, crontab };
    const every = [{ kind: "scrape.book", schedule: "* * * * *", payload: { url: "http://book.example/1" } }];
    const first = runTaskList({ ...ports, cronItems: every });
    await expect.poll(() => crontab.listCron()).toMatchObject([{ identifier: "scrape.book", source: "code" }]);
    await first.release();
    now.ms += 60_000;
    const fired = once(emitterOf(events, "cron:fire"), "event");
    const second = runTaskList({ ...ports, events });
    expect(await fired).toMatchObject([{ runner: second.runnerId, firing: { identifier: "scrape.book" } }]);
    await second.release();
  });
});

test("cron items that code no longer names go, and stay where a pool names none", async () => {
  const { queue, crontab } = createMemoryPorts();
  const items = [{ kind: "scrape.book", schedule: "0 0 1 1 *", payload: { url: "http://book.example/1" } }];
  const listed = async () => (await crontab.listCron()).map(({ identifier }) => identifier);
  const first = runTaskList({ ...quiet, queue, crontab, cronItems: items });
  await expect.poll(listed).toEqual(["scrape.book"]);
  await first.release();
  const silentOne = runTaskList({ ...quiet, queue, crontab });
  await silentOne.release();
  expect(await listed()).toEqual(["scrape.book"]);
  const last = runTaskList({ ...quiet, queue, crontab, cronItems: [] });
  await expect.poll(listed).toEqual([]);
  await last.release();
});

/** What the store says while it is away. */
const storeError = async (flaky: FlakyQueue): Promise<unknown> => {
  flaky.fails = () => "before";
  return flaky.queue.counts().catch((error: unknown) => error);
};

const emitterOf = (events: TaskEvents, name: TaskEventName): EventTarget => {
  const target = new EventTarget();
  events.on(name, (data) => target.dispatchEvent(Object.assign(new Event("event"), data)));
  return target;
};
