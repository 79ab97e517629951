import { expect, test } from "vitest";
import {
  addOne,
  bookTask,
  claim,
  claimOne,
  done,
  HOUR_MS,
  KINDS,
  LEASE_MS,
  narration,
  type Open,
  settleOne,
} from "./queue-under-test.ts";

export const lanesSuite = (open: Open): void => {
  test("a lane never runs more than its limit, under batches, twenty claimers, settles, cancels and reaps", async () => {
    const queue = await open();
    await queue.backend.configureLane("narrow", { concurrency: 1, gapMs: 0 });
    await queue.backend.configureLane("three", { concurrency: 3, gapMs: 0 });
    const lanes = ["narrow", "three", "wide"];
    await queue.backend.add(
      Array.from({ length: 120 }, (_, index) => narration(index + 1, { lane: lanes[index % 3] ?? "wide" })),
    );
    const running = new Map(lanes.map((lane) => [lane, 0]));
    const most = new Map(running);
    let ended = 0;
    const claimer = async (runner: string): Promise<void> => {
      while (ended < 120) {
        const { tasks } = await queue.runner.claim({ runner, kinds: KINDS, limit: 10, leaseMs: LEASE_MS });
        for (const { lane } of tasks) {
          running.set(lane, (running.get(lane) ?? 0) + 1);
          most.set(lane, Math.max(most.get(lane) ?? 0, running.get(lane) ?? 0));
        }
        for (const task of tasks) {
          // Counted down before the slot is given back: whatever is claimed afterwards cannot be counted too high.
          running.set(task.lane, (running.get(task.lane) ?? 0) - 1);
          await settleOne(queue, task, done);
          ended += 1;
        }
      }
    };
    await Promise.all(Array.from({ length: 20 }, (_, index) => claimer(`runner-${index}`)));
    expect(most.get("narrow")).toBe(1);
    expect(most.get("three")).toBeLessThanOrEqual(3);
    expect(await queue.backend.listLanes(10)).toEqual([]);
  });

  test("a slot is held from the claim until the task is settled, put back, cancelled or reaped", async () => {
    const queue = await open();
    await queue.backend.configureLane("narrow", { concurrency: 1, gapMs: 0 });
    await queue.backend.add(Array.from({ length: 6 }, (_, index) => narration(index + 1, { lane: "narrow" })));
    const frees = [
      async () => settleOne(queue, await claimOne(queue), done),
      async () => settleOne(queue, await claimOne(queue), { type: "later", runAt: Date.now() + HOUR_MS, reason: "" }),
      async () => settleOne(queue, await claimOne(queue), { type: "wait" }),
      async () => {
        await claimOne(queue, 0);
        await queue.runner.reap(0);
      },
      async () => {
        const task = await claimOne(queue);
        await queue.backend.cancel([task.id]);
        expect(await claim(queue)).toEqual([]);
        await settleOne(queue, task, done);
      },
    ];
    for (const free of frees) await free();
    const last = await claim(queue);
    expect(last).toHaveLength(1);
    expect((await queue.backend.listLanes(10))[0]).toMatchObject({ name: "narrow", running: 1, concurrency: 1 });
    expect(await claim(queue)).toEqual([]);
  });

  test("a fresh wider limit opens slots at once", async () => {
    const queue = await open();
    await queue.backend.configureLane("lane", { concurrency: 1, gapMs: 0 });
    await queue.backend.add([1, 2, 3].map((chapter) => narration(chapter, { lane: "lane" })));
    expect(await claim(queue)).toHaveLength(1);
    await queue.runner.configureLane("lane", { concurrency: null, gapMs: 0 });
    expect(await claim(queue)).toHaveLength(2);
  });

  test("reserved slots are a gap apart over all who ask, and nothing is claimed before the next one", async () => {
    const queue = await open();
    await queue.backend.configureLane("host:a.example", { concurrency: 1, gapMs: 1000 });
    const before = Date.now();
    const slots = await Promise.all(Array.from({ length: 5 }, () => queue.runner.reserveSlot("host:a.example", 0)));
    const sorted = slots.toSorted((a, b) => a - b);
    expect(sorted[0]).toBeGreaterThanOrEqual(before - 1);
    for (let index = 1; index < sorted.length; index += 1) {
      expect((sorted[index] ?? 0) - (sorted[index - 1] ?? 0)).toBeGreaterThanOrEqual(1000);
    }
    await addOne(queue, bookTask({ lane: "host:a.example" }));
    const answer = await queue.runner.claim({ runner: "r", kinds: KINDS, limit: 1, leaseMs: 1000 });
    expect(answer).toEqual({ tasks: [], nextAt: (sorted[4] ?? 0) + 1000 });
    const wider = await queue.runner.reserveSlot("host:a.example", 5000);
    expect(await queue.runner.reserveSlot("host:a.example", 0)).toBe(wider + 5000);
  });

  test("a blocked lane gives nothing until then; the later block wins; other lanes go on", async () => {
    const queue = await open();
    const until = Date.now() + HOUR_MS;
    await queue.backend.add([bookTask({ lane: "host:b.example" }), bookTask({ lane: "host:c.example" })]);
    await queue.runner.blockLane("host:b.example", until, "429");
    await queue.runner.blockLane("host:b.example", until - 1000, "an earlier end");
    const answer = await queue.runner.claim({ runner: "r", kinds: KINDS, limit: 10, leaseMs: 1000 });
    expect(answer.tasks.map((task) => task.lane)).toEqual(["host:c.example"]);
    expect(answer.nextAt).toBe(until);
    const lane = (await queue.backend.listLanes(10)).find(({ name }) => name === "host:b.example");
    expect(lane).toMatchObject({ pending: 1, blockedUntil: new Date(until).toISOString(), reason: "429" });
  });

  test("lanes with work are listed, busiest first", async () => {
    const queue = await open();
    await queue.backend.configureLane("idle", { concurrency: 1, gapMs: 0 });
    await queue.backend.configureLane("one", { concurrency: 1, gapMs: 0 });
    await queue.backend.configureLane("two", { concurrency: 2, gapMs: 0 });
    await queue.backend.add([
      ...[1, 2, 3].map((chapter) => narration(chapter, { lane: "one" })),
      ...[1, 2, 3].map((chapter) => narration(chapter, { lane: "two" })),
      ...[1, 2].map((chapter) => narration(chapter, { lane: "later", runAt: Date.now() + HOUR_MS })),
    ]);
    await claim(queue);
    const listed = await queue.backend.listLanes(10);
    expect(listed.map(({ name, running, pending }) => [name, running, pending])).toEqual([
      ["two", 2, 1],
      ["one", 1, 2],
      ["later", 0, 2],
    ]);
    expect((await queue.backend.listLanes(2)).map(({ name }) => name)).toEqual(["two", "one"]);
  });

  test("a block that is over blocks nothing", async () => {
    const queue = await open();
    await addOne(queue, bookTask({ lane: "host:d.example" }));
    await queue.runner.blockLane("host:d.example", Date.now() - 1, "429");
    expect(await claim(queue)).toHaveLength(1);
  });
};
