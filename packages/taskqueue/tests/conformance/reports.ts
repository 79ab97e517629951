import { expect, test } from "vitest";
import type { NewLogLine } from "../../src/index.ts";
import {
  actOnIds,
  addOne,
  bookTask,
  card,
  claimOne,
  done,
  failure,
  fenceOf,
  findOne,
  LEASE_MS,
  type Open,
  type QueueUnderTest,
  settleOne,
} from "./queue-under-test.ts";

const AT = Date.UTC(2026, 0, 2);
const line = (message: string, level: NewLogLine["level"] = "info"): NewLogLine => ({ at: AT, level, message });
const nothingSaid = { message: "", rate: null, eta: null };
const retry = { ...failure(), retryDelaysMs: [0] };

const beat = (queue: QueueUnderTest, report: object, task: Awaited<ReturnType<typeof claimOne>>) =>
  queue.runner.heartbeat(card("runner-a"), LEASE_MS, [{ ...fenceOf(task), ...report }]);

const messages = async ({ backendPorts }: QueueUnderTest, id: string, limit = 500) =>
  (await backendPorts.admin.readLog(id, { limit })).items.map(({ message }) => message);

export const reportsSuite = (open: Open): void => {
  test("a checkpoint rides on heartbeats and settlements and is there after a retry, a crash and a put-off", async () => {
    const queue = await open();
    const { id } = await addOne(queue, bookTask({ maxAttempts: 9 }));
    const checkpoint = async () => (await findOne(queue, id)).checkpoint;

    const first = await claimOne(queue);
    await beat(queue, { checkpoint: { page: 1 } }, first);
    await beat(queue, {}, first);
    expect(await checkpoint()).toEqual({ page: 1 });
    await queue.runner.settle([{ ...fenceOf(first), outcome: retry, checkpoint: { page: 2 } }]);
    const second = await claimOne(queue, 0);
    expect(second.checkpoint).toEqual({ page: 2 });
    await queue.runner.reap(0);
    const third = await claimOne(queue);
    expect(third.checkpoint).toEqual({ page: 2 });
    await settleOne(queue, third, { type: "later", runAt: 0, reason: "busy" });
    expect(await checkpoint()).toEqual({ page: 2 });
  });

  test("progress, with its rate and end, is kept over retries, a crash, failure and a redrive; new work by its key has none", async () => {
    const queue = await open();
    const { id } = await addOne(queue, bookTask({ key: "b", maxAttempts: 2 }));
    const progress = {
      done: 3,
      total: 9,
      unit: "pages",
      message: "reading",
      rate: 1.5,
      eta: "2026-01-02T00:00:00.000Z",
    };
    const kept = async () => expect((await findOne(queue, id)).progress).toEqual(progress);

    const begun = { progress: { done: 1, total: null, unit: "pages" } };
    await queue.runner.heartbeat(card("runner-a"), 0, [{ ...fenceOf(await claimOne(queue)), ...begun }]);
    expect((await findOne(queue, id)).progress).toEqual({ ...begun.progress, ...nothingSaid });
    await queue.runner.reap(0);
    await queue.runner.settle([{ ...fenceOf(await claimOne(queue)), outcome: retry, progress }]);
    await kept();
    await settleOne(queue, await claimOne(queue), failure());
    await kept();
    await actOnIds(queue, { type: "redrive" }, id);
    await kept();
    await addOne(queue, bookTask({ key: "b" }));
    expect((await findOne(queue, id)).progress).toBeNull();
  });

  test.each([[["a", "list"]], ["text"], [7], [false]])("%j is a checkpoint", async (checkpoint) => {
    const queue = await open();
    await addOne(queue);
    const task = await claimOne(queue);
    await beat(queue, { checkpoint }, task);
    expect((await findOne(queue, task.id)).checkpoint).toEqual(checkpoint);
  });

  test("a checkpoint goes by null, and with the task when it is done; it stays when it fails", async () => {
    const queue = await open();
    for (const [outcome, left] of [
      [done, null],
      [failure(true), { page: 1 }],
    ] as const) {
      await addOne(queue);
      const task = await claimOne(queue);
      await beat(queue, { checkpoint: { page: 0 } }, task);
      await beat(queue, { checkpoint: null }, task);
      expect((await findOne(queue, task.id)).checkpoint).toBeNull();
      await queue.runner.settle([{ ...fenceOf(task), outcome, checkpoint: { page: 1 } }]);
      expect((await findOne(queue, task.id)).checkpoint).toEqual(left);
    }
  });

  test("one over 64 KiB is not stored, and the one before stays; the beat counts", async () => {
    const queue = await open();
    await addOne(queue);
    const task = await claimOne(queue, 0);
    await beat(queue, { checkpoint: { page: 1 } }, task);
    await beat(queue, { checkpoint: "x".repeat(64 * 1024) }, task);
    expect((await findOne(queue, task.id)).checkpoint).toEqual({ page: 1 });
    expect(await queue.runner.reap(0)).toEqual({ pending: 0, failed: 0, cancelled: 0, repaired: 0 });
  });

  test("log lines are read newest first, in pages, with attempt, lease and runner", async () => {
    const queue = await open();
    const { id } = await addOne(queue);
    const task = await claimOne(queue);
    await beat(queue, { log: [line("one"), line("two", "warn")] }, task);
    await queue.runner.settle([{ ...fenceOf(task), outcome: done, log: [line("three", "debug")] }]);
    const { admin } = queue.backendPorts;
    const first = await admin.readLog(id, { limit: 2 });
    expect(first.items).toEqual([
      {
        at: new Date(AT).toISOString(),
        level: "debug",
        message: "three",
        attempt: 1,
        lease: 1,
        runner: "runner-a",
        code: null,
        stack: null,
      },
      expect.objectContaining({ message: "two", level: "warn" }),
    ]);
    const second = await admin.readLog(id, { limit: 2, cursor: first.nextCursor ?? "" });
    expect(second.items.map(({ message }) => message)).toEqual(["one"]);
    expect(second.nextCursor).toBeNull();
    expect(await admin.readLog("nosuchtask12345", { limit: 2 })).toEqual({ items: [], nextCursor: null });
  });

  test("who has lost the lease writes neither checkpoint nor log", async () => {
    const queue = await open();
    const { id } = await addOne(queue);
    const zombie = await claimOne(queue, 0);
    await queue.runner.reap(0);
    await claimOne(queue);
    const before = await messages(queue, id);
    const report = { checkpoint: { by: "zombie" }, log: [line("late")] };
    await beat(queue, report, zombie);
    await queue.runner.settle([{ ...fenceOf(zombie), outcome: done, ...report }]);
    expect((await findOne(queue, id)).checkpoint).toBeNull();
    expect(await messages(queue, id)).toEqual(before);
  });

  test("a message is cut at 2,000 characters, and of more than 500 lines the oldest go", async () => {
    const queue = await open();
    const { id } = await addOne(queue);
    const task = await claimOne(queue);
    await beat(queue, { log: [line("x".repeat(2001))] }, task);
    expect((await messages(queue, id))[0]).toHaveLength(2000);
    for (const from of [0, 400]) {
      await beat(queue, { log: Array.from({ length: 400 }, (_, index) => line(`${from + index}`)) }, task);
    }
    const kept = await messages(queue, id, 1000);
    expect(kept).toHaveLength(500);
    expect([kept[0], kept.at(-1)]).toEqual(["799", "300"]);
  });
};
