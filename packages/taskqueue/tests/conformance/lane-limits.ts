import { setImmediate as breathe } from "node:timers/promises";
import { expect, test } from "vitest";
import { concurrentLane, openLane, serialLane } from "../../src/index.ts";
import {
  claim,
  claimBy,
  done,
  HOUR_MS,
  KINDS,
  LEASE_MS,
  narration,
  type Open,
  type QueueUnderTest,
  settleOne,
} from "./queue-under-test.ts";

const inLane = (lane: string, count: number) =>
  Array.from({ length: count }, (_, index) => narration(index + 1, { lane }));

const lanesOf = (tasks: readonly { lane: string }[]) => tasks.map(({ lane }) => lane);

const rated = (count: number, intervalMs: number) => ({ ...openLane(), rate: { count, intervalMs } });

export const laneLimitsSuite = (open: Open): void => {
  test("serial, concurrent (10 by default) and open lanes", async () => {
    const queue = await open();
    await queue.backend.configureLane("serial", serialLane());
    await queue.backend.configureLane("concurrent", concurrentLane());
    await queue.backend.configureLane("open", openLane());
    await queue.backend.add(["serial", "concurrent", "open"].flatMap((lane) => inLane(lane, 20)));
    const claimed = lanesOf(await claim(queue));
    const count = (lane: string) => claimed.filter((name) => name === lane).length;
    expect([count("serial"), count("concurrent"), count("open")]).toEqual([1, 10, 20]);
  });

  test("a serial lane never overlaps: 20 claimers with batches, prefetch and groups", async () => {
    const queue = await open();
    await queue.backend.configureLane("serial", serialLane());
    const tasks = Array.from({ length: 60 }, (_, index) =>
      narration(index, { lane: index % 2 ? "serial" : "open", group: `g${index % 3}` }),
    );
    await queue.backend.add(tasks);
    let running = 0;
    let most = 0;
    let ended = 0;
    const claimer = async (runner: string): Promise<void> => {
      while (ended < tasks.length) {
        const claimed = await claimBy(queue, { runner, limit: 3, prefetch: 5 });
        running += claimed.filter(({ lane }) => lane === "serial").length;
        most = Math.max(most, running);
        await breathe();
        for (const task of claimed) {
          // Counted down before the slot is given back: whatever is claimed afterwards cannot be counted too high.
          if (task.lane === "serial") running -= 1;
          await settleOne(queue, task, done);
          ended += 1;
        }
      }
    };
    await Promise.all(Array.from({ length: 20 }, (_, index) => claimer(`runner-${index}`)));
    expect(most).toBe(1);
  });

  test("prefetch takes more of lanes without any limit alone", async () => {
    const queue = await open();
    await queue.backend.configureLane("limited", concurrentLane(50));
    await queue.backend.configureLane("rated", rated(50, HOUR_MS));
    await queue.backend.configureLane("gapped", { concurrency: null, gapMs: 1000 });
    await queue.backend.add([
      ...inLane("limited", 5),
      ...inLane("rated", 5),
      ...inLane("gapped", 5),
      ...inLane("open", 8),
    ]);
    const first = await claimBy(queue, { limit: 2, prefetch: 4 });
    expect(lanesOf(first)).toEqual(["limited", "limited", "open", "open", "open", "open"]);
    expect(lanesOf(await claimBy(queue, { limit: 1, prefetch: 100 }))).toEqual(["limited", ...Array(4).fill("open")]);
  });

  test("only these lanes, and none of those", async () => {
    const queue = await open();
    await queue.backend.add(["a", "b", "c"].flatMap((lane) => inLane(lane, 1)));
    expect(lanesOf(await claimBy(queue, { lanes: [] }))).toEqual([]);
    expect(lanesOf(await claimBy(queue, { lanes: ["a", "x"] }))).toEqual(["a"]);
    expect(lanesOf(await claimBy(queue, { lanes: ["a", "b"], exceptLanes: ["b"] }))).toEqual([]);
    expect(lanesOf(await claimBy(queue, { exceptLanes: ["b"] }))).toEqual(["c"]);
  });

  test("a rate lets its count through at once, and says when the next is", async () => {
    const queue = await open();
    await queue.backend.configureLane("rated", rated(3, 3 * HOUR_MS));
    await queue.backend.add(inLane("rated", 10));
    const before = Date.now();
    expect(await claim(queue)).toHaveLength(3);
    const after = Date.now();
    const { tasks, nextAt } = await queue.runner.claim({ runner: "r", kinds: KINDS, limit: 1, leaseMs: LEASE_MS });
    expect(tasks).toEqual([]);
    expect(nextAt).toBeGreaterThanOrEqual(before + HOUR_MS);
    expect(nextAt).toBeLessThanOrEqual(after + HOUR_MS + 1);
    const [lane] = await queue.backend.listLanes(1, "rated");
    expect(lane).toMatchObject({ rate: { count: 3, intervalMs: 3 * HOUR_MS }, running: 3, pending: 7 });
  });

  test("a rate counts claims: what was put off or given back has had its turn", async () => {
    const queue = await open();
    await queue.backend.configureLane("rated", rated(2, HOUR_MS));
    await queue.backend.add(inLane("rated", 5));
    for (const task of await claim(queue)) {
      await settleOne(queue, task, { type: "later", runAt: Date.now(), reason: "busy" });
    }
    expect(await claim(queue)).toEqual([]);
  });

  test("a rate is never exceeded by 20 claimers, and what is let through is claimed", async () => {
    const queue = await open();
    const intervalMs = 300;
    const count = 6;
    await queue.backend.configureLane("rated", rated(count, intervalMs));
    await queue.backend.add(inLane("rated", 18));
    const times = await claimAll(queue, 18);
    for (const [from, start] of times.entries()) {
      for (const [to, end] of times.entries()) {
        if (to < from) continue;
        expect(to - from + 1).toBeLessThanOrEqual(count + (count * (end - start)) / intervalMs + 1e-6);
      }
    }
  });

  test("a rate that is lifted lets all through, a fresh one begins full", async () => {
    const queue = await open();
    await queue.backend.configureLane("rated", rated(1, HOUR_MS));
    await queue.backend.add(inLane("rated", 5));
    expect(await claim(queue)).toHaveLength(1);
    await queue.backend.configureLane("rated", openLane());
    expect(await claim(queue, 2)).toHaveLength(2);
    expect((await queue.backend.listLanes(1, "rated"))[0]?.rate).toBeNull();
    expect(await claim(queue)).toHaveLength(2);
  });

  test("another rate begins full, the same one goes on", async () => {
    const queue = await open();
    await queue.backend.configureLane("rated", rated(1, HOUR_MS));
    await queue.backend.add(inLane("rated", 5));
    expect(await claim(queue)).toHaveLength(1);
    await queue.backend.configureLane("rated", rated(1, HOUR_MS));
    expect(await claim(queue)).toHaveLength(0);
    await queue.backend.configureLane("rated", rated(2, HOUR_MS));
    expect(await claim(queue)).toHaveLength(2);
  });
};

/** When each was claimed, by the queue's own clock, in order. */
const claimAll = async (queue: QueueUnderTest, count: number): Promise<number[]> => {
  const times: number[] = [];
  const claimer = async (runner: string): Promise<void> => {
    while (times.length < count) {
      await breathe();
      for (const { startedAt } of await claimBy(queue, { runner, limit: 5 })) times.push(Date.parse(startedAt ?? ""));
    }
  };
  await Promise.all(Array.from({ length: 20 }, (_, index) => claimer(`runner-${index}`)));
  return times.toSorted((a, b) => a - b);
};
