import type { Task } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import {
  actOnIds,
  addOne,
  bookTask,
  claimBy,
  claimOne,
  done,
  endNext,
  failure,
  family,
  fenceOf,
  findOne,
  LEASE_MS,
  narration,
  narrations,
  type Open,
  type QueueUnderTest,
  settleOne,
  waitThenRun,
} from "./queue-under-test.ts";

/** A parent whose first part is done, and its one child too: its handler is to be called again. */
const resumed = async (queue: QueueUnderTest, maxAttempts = 3, end: "done" | "failed" = "done"): Promise<Task> => {
  const { id } = await addOne(queue, bookTask({ maxAttempts, onChildFailure: "ignore" }));
  const parent = await claimOne(queue);
  await queue.runner.add(narrations(1), fenceOf(parent));
  await settleOne(queue, parent, waitThenRun);
  await endNext(queue, end);
  return findOne(queue, id);
};

const crash = async (queue: QueueUnderTest) => {
  await claimOne(queue, 0);
  await queue.runner.reap(0);
};

const timeOut = async (queue: QueueUnderTest) => {
  const task = await claimOneLimited(queue);
  while (Date.now() <= Date.parse(task.deadline ?? ""));
  await queue.runner.reap(0);
};

const claimOneLimited = async (queue: QueueUnderTest): Promise<Task> => {
  const [task] = await claimBy(queue, { limit: 1, leaseMs: LEASE_MS, timeLimitsMs: { "scrape.book": 1 } });
  if (!task) throw new Error("nothing was claimable");
  return task;
};

const settleNext = (outcome: Parameters<typeof settleOne>[2]) => async (queue: QueueUnderTest) => {
  await settleOne(queue, await claimOne(queue), outcome);
};

/** What may befall a continuation, and what it has then come to. */
const FATES: readonly [string, (queue: QueueUnderTest) => Promise<unknown>, Partial<Task>][] = [
  ["is done", settleNext(done), { status: "done", attempts: 1 }],
  ["fails", settleNext(failure()), { status: "pending", attempts: 1 }],
  ["fails for good", settleNext(failure(true)), { status: "failed", attempts: 1 }],
  ["is put off", settleNext({ type: "later", runAt: Date.now(), reason: "busy" }), { status: "pending", attempts: 0 }],
  ["crashes", crash, { status: "pending", attempts: 0, crashes: 1 }],
  ["runs into its time limit", timeOut, { status: "pending", attempts: 1 }],
  [
    "is taken from a dead runner",
    async (queue) => {
      await claimOne(queue);
      await queue.backendPorts.admin.releaseRunner("runner-a", { force: true });
    },
    { status: "pending", attempts: 0 },
  ],
  [
    "is cancelled before it runs",
    async (queue) => {
      const { items } = await queue.backend.list({ limit: 1, parent: null });
      await queue.backend.cancel(items.map(({ id }) => id));
    },
    { status: "cancelled", attempts: 0 },
  ],
  [
    "is cancelled as it runs",
    async (queue) => {
      const task = await claimOne(queue);
      await queue.backend.cancel([task.id]);
      await settleOne(queue, task, done);
    },
    { status: "cancelled", attempts: 1 },
  ],
];

export const continuationsSuite = (open: Open): void => {
  test("when its children are over a parent's handler is called once more, and sees how they ended", async () => {
    const queue = await open();
    const before = Date.now();
    const parent = await resumed(queue, 1, "failed");
    expect(parent).toMatchObject({
      status: "pending",
      attempts: 0,
      runner: null,
      continuation: true,
      finishedAt: null,
    });
    expect(Date.parse(parent.runAt)).toBeGreaterThanOrEqual(before);
    const again = await claimOne(queue);
    expect(again).toMatchObject({
      id: parent.id,
      continuation: true,
      attempts: 1,
      lease: 2,
      children: { total: 1, done: 0, failed: 1, cancelled: 0 },
    });
    expect(await settleOne(queue, again, done)).toBe("done");
    expect(await findOne(queue, parent.id)).toMatchObject({ result: { booksFound: 1 }, children: { failed: 1 } });
  });

  test.each(FATES)("a continuation that %s stays one; its children are still its own", async (_, befall, expected) => {
    const queue = await open();
    const { id } = await resumed(queue);
    await befall(queue);
    expect(await findOne(queue, id)).toMatchObject({
      ...expected,
      continuation: true,
      children: { total: 1, done: 1 },
    });
  });

  test("its failures spend its attempts, and its crashes count, as any attempt's do", async () => {
    const queue = await open();
    const { id } = await resumed(queue, 2);
    const now = { ...failure(), retryDelaysMs: [0] };
    expect(await settleOne(queue, await claimOne(queue), now)).toBe("pending");
    expect(await settleOne(queue, await claimOne(queue), now)).toBe("failed");
    expect(await findOne(queue, id)).toMatchObject({ attempts: 2, error: { code: "UPSTREAM_ERROR" } });

    const other = await resumed(queue);
    for (let crashes = 0; crashes < 3; crashes += 1) await crash(queue);
    expect(await findOne(queue, other.id)).toMatchObject({ status: "failed", error: { code: "POISONED" } });
  });

  test("ten rounds of waiting for new children do not use up the attempts; all of them stay its children", async () => {
    const queue = await open();
    const { id } = await addOne(queue, bookTask({ maxAttempts: 1 }));
    for (let round = 1; round <= 10; round += 1) {
      const task = await claimOne(queue);
      expect(task).toMatchObject({
        id,
        attempts: 1,
        lease: round,
        continuation: round > 1,
        children: { done: round - 1 },
      });
      await queue.runner.add([narration(round)], fenceOf(task));
      expect(await settleOne(queue, task, waitThenRun)).toBe("waiting");
      await endNext(queue, "done");
    }
    expect(await settleOne(queue, await claimOne(queue), done)).toBe("done");
    expect((await findOne(queue, id)).children).toEqual({ total: 10, done: 10, failed: 0, cancelled: 0 });
  });

  test("the children of earlier rounds are still judged; what an earlier attempt left behind is not", async () => {
    const queue = await open();
    await addOne(queue, bookTask({ maxAttempts: 3, priority: -1 }));
    const first = await claimOne(queue);
    await queue.runner.add(narrations(1), fenceOf(first));
    await endNext(queue, "failed");
    await settleOne(queue, first, { ...failure(), retryDelaysMs: [0] });

    const second = await claimOne(queue);
    await queue.runner.add(narrations(1), fenceOf(second));
    await settleOne(queue, second, waitThenRun);
    await endNext(queue, "done");
    const third = await claimOne(queue);
    expect(third).toMatchObject({ id: first.id, continuation: true, children: { total: 1, done: 1, failed: 0 } });
    await queue.runner.add(narrations(2), fenceOf(third));
    await settleOne(queue, third, { ...waitThenRun, type: "wait", onChildFailure: "ignore" });
    await endNext(queue, "failed", "done");
    const fourth = await claimOne(queue);
    expect(fourth.children).toEqual({ total: 3, done: 2, failed: 1, cancelled: 0 });
    expect(await settleOne(queue, fourth, { type: "wait", onChildFailure: "fail" })).toBe("failed");
    expect((await findOne(queue, first.id)).error?.details).toEqual({ total: 3, done: 2, failed: 1, cancelled: 0 });
  });

  test("a continuation that waits without live children, and wants to run again, is called at once", async () => {
    const queue = await open();
    const { id } = await resumed(queue);
    expect(await settleOne(queue, await claimOne(queue), waitThenRun)).toBe("pending");
    expect(await settleOne(queue, await claimOne(queue), { type: "wait" })).toBe("done");
    expect((await findOne(queue, id)).attempts).toBe(1);
  });

  test("one that has failed is redriven from the start; one of a tree from after its children, which stay as they ended", async () => {
    const queue = await open();
    const { id } = await resumed(queue);
    await settleNext(failure(true))(queue);
    await actOnIds(queue, { type: "redrive" }, id);
    expect(await findOne(queue, id)).toMatchObject({ status: "pending", continuation: false, attempts: 0 });
    await settleNext(done)(queue);

    const tree = await queue.backend.addTree(family(narrations(2), bookTask({ onChildFailure: "ignore" }), "run"));
    await endNext(queue, "done", "failed");
    await settleNext(failure(true))(queue);
    await actOnIds(queue, { type: "redrive" }, tree.task.id);
    const expected = { status: "pending", continuation: true, attempts: 0, children: { done: 1, failed: 1 } };
    expect(await findOne(queue, tree.task.id)).toMatchObject(expected);
  });

  test("new work by its key, while it is to be called again, starts anew", async () => {
    const queue = await open();
    const keyed = bookTask({ key: "b", keyMode: "keep_first", onChildFailure: "ignore", createdBy: "person:a" });
    const { task } = await queue.backend.addTree(family(narrations(1), keyed, "run"));
    await endNext(queue, "failed");
    await addOne(queue, bookTask({ key: "b", createdBy: "person:b" }));
    expect(await findOne(queue, task.id)).toMatchObject({
      status: "pending",
      continuation: false,
      onChildFailure: "fail",
      createdBy: "person:b",
    });
    const fresh = await claimOne(queue);
    expect(fresh.children).toEqual({ total: 0, done: 0, failed: 0, cancelled: 0 });
    expect(await settleOne(queue, fresh, { type: "wait" })).toBe("done");
  });

  test("one that lost its key while it waited has the attempt that it needs to end", async () => {
    const queue = await open();
    const { id } = await addOne(queue, bookTask({ key: "b", maxAttempts: 1 }));
    const parent = await claimOne(queue);
    await queue.runner.add(narrations(1), fenceOf(parent));
    await settleOne(queue, parent, waitThenRun);
    await queue.backend.removeTask("b");
    await endNext(queue, "done");
    expect(await settleOne(queue, await claimOne(queue), done)).toBe("done");
    expect((await findOne(queue, id)).status).toBe("done");
  });
};
