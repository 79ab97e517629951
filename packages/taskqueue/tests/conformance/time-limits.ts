import type { Task } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import {
  addOne,
  bookTask,
  card,
  claim,
  claimBy,
  fenceOf,
  findOne,
  HOUR_MS,
  type Open,
  type QueueUnderTest,
  settleOne,
} from "./queue-under-test.ts";

const claimLimited = async (queue: QueueUnderTest, limitMs: number, leaseMs = HOUR_MS): Promise<Task> => {
  const [task] = await claimBy(queue, { leaseMs, timeLimitsMs: { "scrape.book": limitMs } });
  if (!task) throw new Error("nothing was claimable");
  return task;
};

/** Reaps once the deadline of a millisecond is over. */
const reapOverdue = async (queue: QueueUnderTest, { deadline }: Task) => {
  while (Date.now() <= Date.parse(deadline ?? ""));
  return queue.runner.reap(0);
};

export const timeLimitsSuite = (open: Open): void => {
  test("a claim says when the attempt is to end; without a limit for its kind it has none", async () => {
    const queue = await open();
    await addOne(queue);
    const task = await claimLimited(queue, HOUR_MS);
    expect(Date.parse(task.deadline ?? "")).toBe(Date.parse(task.startedAt ?? "") + HOUR_MS);
    await settleOne(queue, task, { type: "later", runAt: Date.now() - 1, reason: "" });
    expect((await findOne(queue, task.id)).deadline).toBeNull();
    const [again] = await claimBy(queue, { timeLimitsMs: { "narrate.chapter": 1 } });
    expect(again).toMatchObject({ id: task.id, deadline: null });
  });

  test("an attempt that reached its deadline is spent and tried again, with TIME_LIMIT", async () => {
    const queue = await open();
    await addOne(queue, bookTask({ maxAttempts: 2 }));
    const task = await claimLimited(queue, 1);
    expect(await reapOverdue(queue, task)).toEqual({ pending: 1, failed: 0, cancelled: 0, repaired: 0 });
    expect(await findOne(queue, task.id)).toMatchObject({
      status: "pending",
      attempts: 1,
      crashes: 0,
      runner: null,
      deadline: null,
      error: { code: "TIME_LIMIT", details: { limitMs: 1 } },
    });
    expect(await settleOne(queue, task, { type: "done" })).toBeNull();
  });

  test("the last attempt that reached its deadline fails the task", async () => {
    const queue = await open();
    const { id } = await addOne(queue, bookTask({ maxAttempts: 1 }));
    const task = await claimLimited(queue, 1);
    expect(await reapOverdue(queue, task)).toEqual({ pending: 0, failed: 1, cancelled: 0, repaired: 0 });
    expect(await findOne(queue, id)).toMatchObject({ status: "failed", error: { code: "TIME_LIMIT" }, crashes: 0 });
  });

  test("a heartbeat does not extend a lease past its deadline", async () => {
    const queue = await open();
    const { id } = await addOne(queue);
    const task = await claimLimited(queue, 1);
    await queue.runner.heartbeat(card("runner-a"), HOUR_MS, [fenceOf(task)]);
    await reapOverdue(queue, task);
    expect(await findOne(queue, id)).toMatchObject({ error: { code: "TIME_LIMIT" } });
    const beat = await queue.runner.heartbeat(card("runner-a"), HOUR_MS, [fenceOf(task)]);
    expect(beat.lost).toEqual([id]);
  });

  test("a lease that ran out before the deadline is a crash like any other", async () => {
    const queue = await open();
    const { id } = await addOne(queue);
    await claimLimited(queue, HOUR_MS, 0);
    await queue.runner.reap(0);
    expect(await findOne(queue, id)).toMatchObject({ status: "pending", attempts: 0, crashes: 1, error: null });
  });

  test("one that was asked to end and reached its deadline is cancelled", async () => {
    const queue = await open();
    await addOne(queue);
    const task = await claimLimited(queue, 1);
    await queue.backend.cancel([task.id]);
    expect(await reapOverdue(queue, task)).toEqual({ pending: 0, failed: 0, cancelled: 1, repaired: 0 });
    expect(await findOne(queue, task.id)).toMatchObject({ status: "cancelled", crashes: 0 });
    expect(await claim(queue)).toEqual([]);
  });
};
