import type { Task } from "@chapterhouse/domain";
import { describe, expect, test } from "vitest";
import { type ClaimRequest, createMemoryQueue, TaskEvents, type TaskQueue } from "../../src/index.ts";
import { addOne, book, chapters, done, endless, findOne, silent, workOn } from "./worker-under-test.ts";

/** What was asked for, in order. */
const watchClaims = (queue: TaskQueue) => {
  const claims: ClaimRequest[] = [];
  const claim: TaskQueue["claim"] = (request) => {
    claims.push(request);
    return queue.claim(request);
  };
  const watched = new Proxy(queue, {
    get: (target, name: keyof TaskQueue) => (name === "claim" ? claim : target[name].bind(target)),
  });
  return { queue: watched, claims };
};

describe("what is left to others", () => {
  test("flags that are forbidden, by a list or by what is so at each claim", async () => {
    const queue = createMemoryQueue();
    const heavy = await addOne(queue, { ...book, flags: ["heavy"] });
    let forbidden = ["heavy"];
    const worker = workOn(queue, { "scrape.book": async () => done }, { forbiddenFlags: async () => forbidden });
    await worker.idle();
    await workOn(queue, { "scrape.book": async () => done }, { forbiddenFlags: ["light", "heavy"] }).idle();
    expect((await findOne(queue, heavy)).status).toBe("pending");
    forbidden = [];
    await worker.idle();
    expect((await findOne(queue, heavy)).status).toBe("done");
  });

  test("other lanes than its own", async () => {
    const queue = createMemoryQueue();
    const own = await addOne(queue, { ...book, lane: "own" });
    const foreign = await addOne(queue, { ...book, lane: "foreign" });
    await workOn(queue, { "scrape.book": async () => done }, { lanes: ["own"] }).idle();
    expect((await findOne(queue, own)).status).toBe("done");
    expect((await findOne(queue, foreign)).status).toBe("pending");
  });
});

test("a lane that is stopped ends what runs and begins nothing, while other lanes go on", async () => {
  const queue = createMemoryQueue();
  const running = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const first = await addOne(queue, { ...book, lane: "slow" });
  const worker = workOn(queue, {
    "scrape.book": async (_, { task }) => {
      if (task.id === first) {
        running.resolve();
        await release.promise;
      }
      return done;
    },
  });
  await running.promise;
  let isStopped = false;
  const stopped = worker.stopLane("slow").then(() => (isStopped = true));
  const waiting = await addOne(queue, { ...book, lane: "slow" });
  const elsewhere = await addOne(queue, { ...book, lane: "fast" });
  await expect.poll(async () => (await findOne(queue, elsewhere)).status).toBe("done");
  expect([isStopped, (await findOne(queue, waiting)).status]).toEqual([false, "pending"]);
  release.resolve();
  await stopped;
  expect((await findOne(queue, first)).status).toBe("done");
  await worker.idle();
  expect((await findOne(queue, waiting)).status).toBe("pending");
  worker.resumeLane("slow");
  await worker.idle();
  expect((await findOne(queue, waiting)).status).toBe("done");
});

describe("claiming ahead", () => {
  test("fast handlers find their next tasks here, and the claims are few", async () => {
    const { queue, claims } = watchClaims(createMemoryQueue());
    await queue.add(chapters(1000));
    await workOn(queue, { "narrate.chapter": async () => done }, { concurrency: 10 }).idle();
    expect((await queue.counts())["narrate.chapter"]?.done).toBe(1000);
    // The first knows nothing yet; a claim of free slots alone would take a hundred.
    expect(claims[0]).not.toHaveProperty("prefetch");
    expect(claims.length).toBeLessThan(20);
  });

  test("slow handlers take nothing that they cannot start", async () => {
    let time = 0;
    const { queue, claims } = watchClaims(createMemoryQueue());
    await queue.add(chapters(20));
    const handler = async () => {
      time += 1000;
      return done;
    };
    await workOn(queue, { "narrate.chapter": handler }, { concurrency: 2, ticks: () => time, leaseMs: 1e9 }).idle();
    expect(claims.every(({ prefetch = 0 }) => prefetch === 0)).toBe(true);
  });

  test("what a slow queue answers late is done, not given back", async () => {
    const inner = createMemoryQueue();
    let time = 0;
    const claim: TaskQueue["claim"] = async (request) => {
      time += 10_000;
      return inner.claim(request);
    };
    const slow = new Proxy(inner, {
      get: (target, name: keyof TaskQueue) => (name === "claim" ? claim : target[name].bind(target)),
    });
    await inner.add(chapters(5));
    const events = new TaskEvents(silent);
    let returned = 0;
    events.on("local:return", ({ tasks }) => (returned += tasks));
    const options = { concurrency: 2, events, ticks: () => time, leaseMs: 1e9 };
    await workOn(slow, { "narrate.chapter": async () => done }, options).idle();
    expect([returned, (await inner.counts())["narrate.chapter"]?.done]).toEqual([0, 5]);
  });

  const held = async (options: { readonly prefetchTtlMs?: number }) => {
    const queue = createMemoryQueue();
    const events = new TaskEvents(silent);
    const returned = Promise.withResolvers<number>();
    const stuck = Promise.withResolvers<void>();
    events.on("local:return", ({ tasks }) => returned.resolve(tasks));
    await queue.add(chapters(60));
    let begun = 0;
    const worker = workOn(
      queue,
      {
        "narrate.chapter": async (_, { signal }) => {
          begun += 1;
          // Fast at first, so that the worker claims ahead; then for ever.
          if (begun <= 10) return done;
          stuck.resolve();
          return endless(signal);
        },
      },
      { concurrency: 2, events, ...options },
    );
    await stuck.promise;
    return { queue, worker, returned };
  };

  test("what is not started in time is given back, its attempt not spent, claimable at once", async () => {
    const { queue, returned } = await held({ prefetchTtlMs: 50 });
    expect(await returned.promise).toBeGreaterThan(0);
    // The worker claims some of them ahead again, and gives them back again: they are taken as they come.
    const tasks: Task[] = [];
    const request = { runner: "next", kinds: ["narrate.chapter"], limit: 100, leaseMs: 3_600_000 };
    await expect.poll(async () => tasks.push(...(await queue.claim(request)).tasks)).toBe(48);
    expect(tasks.map(({ attempts }) => attempts)).toEqual(Array.from({ length: 48 }, () => 1));
  });

  test("a stop gives all of it back", async () => {
    const { queue, worker } = await held({ prefetchTtlMs: 3_600_000 });
    await worker.stop({ graceMs: 0 });
    const { items } = await queue.list({ status: ["pending"], limit: 100 });
    expect(items.map(({ attempts }) => attempts)).toEqual(Array.from({ length: 50 }, () => 0));
    const { tasks } = await queue.claim({ runner: "next", kinds: ["narrate.chapter"], limit: 100, leaseMs: 1000 });
    expect(tasks).toHaveLength(50);
  });
});
