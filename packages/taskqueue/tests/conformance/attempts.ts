import { expect, test } from "vitest";
import {
  actOnIds,
  addOne,
  bookTask,
  claimOne,
  fenceOf,
  findOne,
  failure,
  HOUR_MS,
  type Open,
  type QueueUnderTest,
  settleOne,
} from "./queue-under-test.ts";

const failures = async ({ backendPorts }: QueueUnderTest, id: string) =>
  (await backendPorts.admin.readLog(id, { limit: 50, failures: true })).items;

export const attemptsSuite = (open: Open): void => {
  test("each failed attempt has its line: when, of whom, why and where", async () => {
    const queue = await open();
    const { id } = await addOne(queue, bookTask({ maxAttempts: 3 }));
    const before = Date.now();
    const fail = { ...failure(), retryDelaysMs: [0] };
    await settleOne(queue, await claimOne(queue), { ...fail, stack: "Error: HTTP 500\n  at fetch" });
    await queue.runner.settle([
      {
        ...fenceOf(await claimOne(queue)),
        outcome: fail,
        log: [{ at: Date.now(), level: "info", message: "only a line" }],
      },
    ]);
    await settleOne(queue, await claimOne(queue), failure(true));
    const lines = await failures(queue, id);
    expect(lines.map(({ attempt, lease }) => [attempt, lease])).toEqual([
      [3, 3],
      [2, 2],
      [1, 1],
    ]);
    expect(lines.at(-1)).toMatchObject({
      level: "error",
      runner: "runner-a",
      code: "UPSTREAM_ERROR",
      message: "HTTP 500",
      stack: "Error: HTTP 500\n  at fetch",
    });
    expect(lines[0]?.stack).toBeNull();
    expect(Date.parse(lines.at(-1)?.at ?? "")).toBeGreaterThanOrEqual(before - 1);
    expect((await queue.backendPorts.admin.readLog(id, { limit: 50 })).items).toHaveLength(4);
  });

  test("a vanished runner has its line too, and the third fails the task as POISONED", async () => {
    const queue = await open();
    const { id } = await addOne(queue);
    for (let crash = 0; crash < 3; crash += 1) {
      await claimOne(queue, 0);
      await queue.runner.reap(0);
    }
    const lines = await failures(queue, id);
    expect(lines.map(({ code, lease, runner }) => [code, lease, runner])).toEqual([
      ["POISONED", 3, "runner-a"],
      ["CRASHED", 2, "runner-a"],
      ["CRASHED", 1, "runner-a"],
    ]);
  });

  test("what an operator fails has its line with the reason", async () => {
    const queue = await open();
    const { id } = await addOne(queue);
    await actOnIds(queue, { type: "fail", reason: "no longer wanted" }, id);
    expect(await failures(queue, id)).toMatchObject([
      { code: "FAILED_BY_OPERATOR", message: "no longer wanted", runner: null, attempt: 0 },
    ]);
  });

  test("what was put off or cancelled is no failure", async () => {
    const queue = await open();
    const { id } = await addOne(queue);
    await settleOne(queue, await claimOne(queue), { type: "later", runAt: 0, reason: "busy" });
    const task = await claimOne(queue);
    await queue.backend.cancel([id]);
    await settleOne(queue, task, failure());
    expect(await failures(queue, id)).toEqual([]);
  });

  test("delays of the kind's own are by attempt, the last for all further ones", async () => {
    const queue = await open();
    const { id } = await addOne(queue, bookTask({ maxAttempts: 5 }));
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      const before = Date.now();
      await settleOne(queue, await claimOne(queue), { ...failure(), retryDelaysMs: [HOUR_MS, 2 * HOUR_MS] });
      waits.push(Math.floor((Date.parse((await findOne(queue, id)).runAt) - before) / HOUR_MS));
      await actOnIds(queue, { type: "reschedule", runAt: Date.now() - 1 }, id);
    }
    expect(waits).toEqual([1, 2, 2, 2]);
  });
};
