import { expect, test } from "vitest";
import {
  addOne,
  bookTask,
  card,
  claim,
  claimOne,
  done,
  failure,
  fenceOf,
  findOne,
  HOUR_MS,
  KINDS,
  LEASE_MS,
  narration,
  type Open,
  settleOne,
} from "./queue-under-test.ts";

export const claimingSuite = (open: Open, load: number): void => {
  test("an empty queue gives nothing, and knows of nothing to come", async () => {
    const queue = await open();
    expect(await queue.runner.claim({ runner: "r", kinds: KINDS, limit: 10, leaseMs: 1000 })).toEqual({
      tasks: [],
      nextAt: null,
    });
  });

  test(`${load} tasks and twenty claimers: each is claimed exactly once`, async () => {
    const queue = await open();
    for (let from = 0; from < load; from += 1000) {
      await queue.backend.add(Array.from({ length: 1000 }, (_, index) => narration(from + index + 1)));
    }
    const claimer = async (runner: string): Promise<string[]> => {
      const ids: string[] = [];
      for (;;) {
        const { tasks } = await queue.runner.claim({ runner, kinds: KINDS, limit: 25, leaseMs: LEASE_MS });
        if (tasks.length === 0) return ids;
        ids.push(...tasks.map((task) => task.id));
      }
    };
    const claimed = (await Promise.all(Array.from({ length: 20 }, (_, index) => claimer(`runner-${index}`)))).flat();
    expect(claimed).toHaveLength(load);
    expect(new Set(claimed).size).toBe(load);
  });

  test("lower priority first, then due time, then order of addition; only the kinds that were asked for", async () => {
    const queue = await open();
    const past = Date.now() - HOUR_MS;
    await queue.backend.add([
      narration(1, { priority: 5, runAt: past }),
      narration(2, { runAt: past + 2 }),
      narration(3, { runAt: past + 1, lane: "elsewhere" }),
      narration(4, { runAt: past + 1, lane: "elsewhere" }),
      bookTask({ priority: -1, runAt: past }),
    ]);
    const { tasks } = await queue.runner.claim({ runner: "r", kinds: ["narrate.chapter"], limit: 10, leaseMs: 1000 });
    expect(tasks.map((task) => task.payload["chapter"])).toEqual([3, 4, 2, 1]);
  });

  test("a claim hands out a lease that only grows, over attempts, put-offs and reaps", async () => {
    const queue = await open();
    await addOne(queue);
    const first = await claimOne(queue);
    expect(first).toMatchObject({ status: "running", lease: 1, attempts: 1, runner: "runner-a" });
    await settleOne(queue, first, { type: "later", runAt: Date.now(), reason: "busy" });
    const second = await claimOne(queue, 0);
    expect(second).toMatchObject({ lease: 2, attempts: 1, waitingFor: null });
    expect(await queue.runner.reap(0)).toEqual({ pending: 1, failed: 0, cancelled: 0, repaired: 0 });
    expect(await claimOne(queue)).toMatchObject({ lease: 3, attempts: 1, crashes: 1 });
  });

  test("every write with a lease that is gone is refused and changes nothing", async () => {
    const queue = await open();
    await addOne(queue);
    const zombie = await claimOne(queue, 0);
    await queue.runner.reap(0);
    const owner = await claimOne(queue);
    const before = await findOne(queue, owner.id);

    const progress = { done: 9, total: 9, unit: "pages", message: "" };
    const beat = await queue.runner.heartbeat(card("zombie"), LEASE_MS, [{ ...fenceOf(zombie), progress }]);
    expect(beat).toEqual({ lost: [owner.id], cancelling: [] });
    await expect(queue.runner.add([narration(1)], fenceOf(zombie))).rejects.toMatchObject({ code: "LEASE_LOST" });
    const later = { type: "later", runAt: 0, reason: "zombie" } as const;
    for (const outcome of [done, failure(), failure(true), { type: "wait" } as const, later]) {
      expect(await settleOne(queue, zombie, outcome)).toBeNull();
    }
    expect(await findOne(queue, owner.id)).toEqual(before);
    expect(await settleOne(queue, owner, done)).toBe("done");
    expect(await settleOne(queue, owner, failure())).toBeNull();
  });

  test("a heartbeat keeps a lease from being reaped, stores progress and shows the runner", async () => {
    const queue = await open();
    await addOne(queue);
    const task = await claimOne(queue, 0);
    const progress = { done: 1, total: 4, unit: "chapters", message: "reading" };
    await queue.runner.heartbeat(card("runner-a"), LEASE_MS, [{ ...fenceOf(task), progress }]);
    expect(await queue.runner.reap(0)).toEqual({ pending: 0, failed: 0, cancelled: 0, repaired: 0 });
    expect(await findOne(queue, task.id)).toMatchObject({ progress, status: "running" });
    await queue.runner.heartbeat(card("runner-a"), LEASE_MS, [fenceOf(task)]);
    expect((await findOne(queue, task.id)).progress).toEqual({ ...progress, rate: null, eta: null });
    const [runner] = await queue.backend.listRunners();
    expect(runner).toMatchObject({ id: "runner-a", running: 1, alive: true, host: "here", concurrency: 4 });
    while (Date.now() <= Date.parse(runner?.seenAt ?? ""));
    await queue.runner.heartbeat(card("runner-a"), LEASE_MS, []);
    const [again] = await queue.backend.listRunners();
    expect(again?.startedAt).toBe(runner?.startedAt);
    expect(Date.parse(again?.seenAt ?? "")).toBeGreaterThan(Date.parse(runner?.seenAt ?? ""));
    await queue.runner.leave("runner-a");
    expect(await queue.backend.listRunners()).toEqual([]);
  });

  test("a task whose runner vanished three times is failed as POISONED", async () => {
    const queue = await open();
    const { id } = await addOne(queue);
    const reaped = [];
    for (let crash = 0; crash < 3; crash += 1) {
      await claimOne(queue, 0);
      reaped.push(await queue.runner.reap(0));
    }
    expect(reaped.map(({ pending, failed }) => [pending, failed])).toEqual([
      [1, 0],
      [1, 0],
      [0, 1],
    ]);
    expect(await findOne(queue, id)).toMatchObject({ status: "failed", crashes: 3, error: { code: "POISONED" } });
    expect(await claim(queue)).toEqual([]);
  });

  test("reap takes only what has been stale for long enough", async () => {
    const queue = await open();
    await addOne(queue);
    await claimOne(queue, 0);
    expect(await queue.runner.reap(HOUR_MS)).toEqual({ pending: 0, failed: 0, cancelled: 0, repaired: 0 });
    expect(await queue.runner.reap(0)).toEqual({ pending: 1, failed: 0, cancelled: 0, repaired: 0 });
  });
};
