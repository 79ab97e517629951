import { ChapterhouseError, type ErrorCode, type Outcome } from "@chapterhouse/domain";
import { describe, expect, test } from "vitest";
import { createMemoryQueue, type TaskContext, type TaskQueue } from "../../src/index.ts";
import { aborted, addOne, book, chapters, done, endless, findOne, FlakyQueue, workOn } from "./worker-under-test.ts";

describe("running tasks", () => {
  test("everything there is runs once, never more at a time than the concurrency", async () => {
    const queue = createMemoryQueue();
    await queue.add(chapters(50));
    let now = 0;
    let most = 0;
    const seen: number[] = [];
    const worker = workOn(queue, {
      "narrate.chapter": async ({ chapter }) => {
        most = Math.max(most, (now += 1));
        await Promise.resolve();
        seen.push(chapter);
        now -= 1;
        return done;
      },
    });
    await worker.idle();
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    expect(most).toBe(4);
    expect((await queue.counts())["narrate.chapter"]?.done).toBe(50);
  });

  test("a hint wakes an idle worker, and a due time does without one", async () => {
    const queue = createMemoryQueue();
    let ran = Promise.withResolvers<void>();
    const worker = workOn(queue, {
      "scrape.book": async () => {
        ran.resolve();
        return done;
      },
    });
    await worker.idle();
    await addOne(queue);
    await ran.promise;
    ran = Promise.withResolvers<void>();
    await worker.idle();
    const runAt = Date.now() + 100;
    await addOne(queue, { ...book, runAt });
    await ran.promise;
    expect(Date.now()).toBeGreaterThanOrEqual(runAt);
  });

  test("children are added under the fence, the parent waits for them, progress is kept", async () => {
    const queue = createMemoryQueue();
    const id = await addOne(queue);
    const worker = workOn(queue, {
      "scrape.book": async (_, context) => {
        context.progress({ done: 1, total: 3, unit: "chapters", message: "listed" });
        await context.addChildren(chapters(3));
        return { type: "wait", result: { chaptersAdded: 3 } };
      },
      "narrate.chapter": async () => done,
    });
    await worker.idle();
    expect(await findOne(queue, id)).toMatchObject({
      status: "done",
      result: { chaptersAdded: 3 },
      progress: { done: 3, total: 3, unit: "chapters", message: "listed" },
    });
  });

  test.each<[ErrorCode | "plain", { status: string; attempts: number }]>([
    ["NOT_FOUND", { status: "failed", attempts: 1 }],
    ["UPSTREAM_ERROR", { status: "pending", attempts: 1 }],
    ["RATE_LIMITED", { status: "pending", attempts: 0 }],
    ["plain", { status: "pending", attempts: 1 }],
  ])("a throw of %s is treated as its code says", async (code, expected) => {
    const queue = createMemoryQueue();
    const id = await addOne(queue);
    const worker = workOn(queue, {
      "scrape.book": async () => {
        if (code === "plain") throw new Error("plain");
        throw new ChapterhouseError(code, "no", { details: { retryAfterMs: 60_000, deep: { big: 1n } } });
      },
    });
    await worker.idle();
    expect(await findOne(queue, id)).toMatchObject(expected);
  });

  test("a handler that returns nothing has failed", async () => {
    const queue = createMemoryQueue();
    const id = await addOne(queue);
    await workOn(queue, { "scrape.book": (async () => undefined) as never }).idle();
    expect(await findOne(queue, id)).toMatchObject({ status: "pending", attempts: 1, error: { code: "INTERNAL" } });
  });

  test("a result that the queue refuses fails the task instead of running it for ever", async () => {
    const flaky = new FlakyQueue();
    const id = await addOne(flaky.inner);
    let refused = 0;
    flaky.fails = (name) =>
      name === "settle" && (refused += 1) <= 2 && new ChapterhouseError("BAD_REQUEST", "too large");
    await workOn(flaky.queue, { "scrape.book": async () => done }).idle();
    // Twice: once as it was, once as the failure that says so; its lease is left to run out.
    expect((await findOne(flaky.inner, id)).status).toBe("running");
    refused = 1;
    const other = await addOne(flaky.inner, { ...book, key: "other" });
    await workOn(flaky.queue, { "scrape.book": async () => done }).idle();
    expect(await findOne(flaky.inner, other)).toMatchObject({ status: "failed", error: { code: "STORE_REFUSED" } });
  });
});

describe("losing a lease", () => {
  test("a handler whose lease someone else has is stopped, and what it says is not written", async () => {
    let time = 1_000_000;
    const queue = createMemoryQueue({ now: () => time });
    const id = await addOne(queue);
    const running = Promise.withResolvers<TaskContext>();
    const release = Promise.withResolvers<Outcome>();
    workOn(
      queue,
      {
        "scrape.book": (_, context) => {
          running.resolve(context);
          return release.promise;
        },
      },
      // Frozen: this runner does not notice that its lease has run out, as one that was stopped by SIGSTOP.
      { ticks: () => 1_000_000, heartbeatMs: 20, concurrency: 1, reapMs: 3_600_000 },
    );
    const { signal } = await running.promise;
    time += 3_600_000;
    await queue.reap(0);
    const [owner] = (await queue.claim({ runner: "other", kinds: ["scrape.book"], limit: 1, leaseMs: 1000 })).tasks;
    expect(await aborted(signal)).toBe("LEASE_LOST");
    release.resolve({ type: "done", result: { zombie: true } });
    await Promise.resolve();
    expect(await findOne(queue, id)).toMatchObject({
      status: "running",
      runner: "other",
      lease: owner?.lease,
      result: null,
    });
  });

  test("a runner that cannot beat stops its handlers before their leases end", async () => {
    let time = 1_000_000;
    const now = () => time;
    const flaky = new FlakyQueue(createMemoryQueue({ now }));
    const id = await addOne(flaky.inner);
    const running = Promise.withResolvers<AbortSignal>();
    flaky.fails = (name) => (name === "heartbeat" ? "before" : false);
    workOn(
      flaky.queue,
      {
        "scrape.book": (_, { signal }) => {
          running.resolve(signal);
          return endless(signal);
        },
      },
      { leaseMs: 1000, heartbeatMs: 100, concurrency: 1, reapMs: 3_600_000, ticks: now },
    );
    const signal = await running.promise;
    time += 950;
    expect(await aborted(signal)).toBe("LEASE_LOST");
    expect(await findOne(flaky.inner, id)).toMatchObject({ status: "running", attempts: 1 });
  });

  test("what another runner left behind is taken back and done", async () => {
    const queue = createMemoryQueue();
    const id = await addOne(queue);
    await queue.claim({ runner: "gone", kinds: ["scrape.book"], limit: 1, leaseMs: 0 });
    const ran = Promise.withResolvers<void>();
    const worker = workOn(
      queue,
      {
        "scrape.book": async () => {
          ran.resolve();
          return done;
        },
      },
      { reapMs: 20 },
    );
    await ran.promise;
    await worker.idle();
    expect(await findOne(queue, id)).toMatchObject({ status: "done", crashes: 1, attempts: 1 });
  });
});

describe("a queue that is away", () => {
  test("the worker goes on by itself", async () => {
    const flaky = new FlakyQueue();
    flaky.fails = () => "before";
    const failed = flaky.failed();
    const worker = workOn(flaky.queue, { "scrape.book": async () => done });
    await failed;
    const id = await addOne(flaky.inner);
    flaky.fails = () => false;
    await worker.idle();
    expect((await findOne(flaky.inner, id)).status).toBe("done");
  });

  test.each(["before", "after"] as const)(
    "an outcome is brought again when the call failed %s it was stored",
    async (when) => {
      const flaky = new FlakyQueue();
      const id = await addOne(flaky.inner);
      let settles = 0;
      flaky.fails = (name) => name === "settle" && (settles += 1) <= 2 && when;
      await workOn(flaky.queue, { "scrape.book": async () => ({ type: "done", result: { n: 1 } }) }).idle();
      expect(await findOne(flaky.inner, id)).toMatchObject({ status: "done", attempts: 1, result: { n: 1 } });
    },
  );
});

describe("stopping", () => {
  test("what ends in time is settled, what does not is put back with its attempt, claimable at once", async () => {
    const queue = createMemoryQueue();
    await queue.add(chapters(3));
    const running = Promise.withResolvers<void>();
    let begun = 0;
    const worker = workOn(queue, {
      "narrate.chapter": async ({ chapter }, { signal }) => {
        if ((begun += 1) === 3) running.resolve();
        if (chapter === 1) return new Promise<never>(() => {});
        if (chapter === 2) return endless(signal);
        expect(await aborted(signal)).toBe("RUNNER_STOPPING");
        return done;
      },
    });
    await running.promise;
    const from = Date.now();
    await worker.stop({ graceMs: 100 });
    expect(Date.now() - from).toBeLessThan(1000);
    const { items } = await queue.list({ limit: 10 });
    expect(items.map(({ payload, status, attempts }) => [payload["chapter"], status, attempts])).toEqual([
      [3, "done", 1],
      [2, "pending", 0],
      [1, "pending", 0],
    ]);
    expect(await queue.listRunners()).toEqual([]);
    expect(
      (await queue.claim({ runner: "next", kinds: ["narrate.chapter"], limit: 9, leaseMs: 1 })).tasks,
    ).toHaveLength(2);
  });

  test("what is put back is due at once, although this runner's clock is ahead", async () => {
    const queue = createMemoryQueue();
    const id = await addOne(queue);
    const running = Promise.withResolvers<void>();
    const worker = workOn(
      queue,
      {
        "scrape.book": () => {
          running.resolve();
          return new Promise<never>(() => {});
        },
      },
      { now: () => Date.now() + 3_600_000 },
    );
    await running.promise;
    await worker.stop({ graceMs: 0 });
    const { tasks } = await queue.claim({ runner: "next", kinds: ["scrape.book"], limit: 1, leaseMs: 1 });
    expect(tasks.map((task) => task.id)).toEqual([id]);
  });

  test("a beat that is under way does not bring its card back", async () => {
    const inner = createMemoryQueue();
    const beating = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const heartbeat: TaskQueue["heartbeat"] = async (...values) => {
      beating.resolve();
      await gate.promise;
      return inner.heartbeat(...values);
    };
    const queue = new Proxy(inner, {
      get: (target, name: keyof TaskQueue) => (name === "heartbeat" ? heartbeat : target[name].bind(target)),
    });
    const worker = workOn(queue, {});
    await beating.promise;
    const stopped = worker.stop();
    setTimeout(() => gate.resolve(), 50);
    await stopped;
    expect(await inner.listRunners()).toEqual([]);
  });

  test("it ends within its time although the queue is away", async () => {
    const flaky = new FlakyQueue();
    await addOne(flaky.inner);
    const running = Promise.withResolvers<void>();
    const worker = workOn(flaky.queue, {
      "scrape.book": () => {
        running.resolve();
        return new Promise<never>(() => {});
      },
    });
    await running.promise;
    flaky.fails = () => "before";
    const from = Date.now();
    await worker.stop({ graceMs: 100 });
    expect(Date.now() - from).toBeLessThan(3000);
  });
});
