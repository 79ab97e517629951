import { expect, test } from "vitest";
import {
  addOne,
  bookTask,
  claim,
  claimOne,
  done,
  failure,
  fenceOf,
  findOne,
  HOUR_MS,
  narration,
  type Open,
  settleOne,
  statusOf,
} from "./queue-under-test.ts";

export const removingByKeySuite = (open: Open): void => {
  test("a free key answers null, also when the task that had it is over", async () => {
    const queue = await open();
    expect(await queue.backend.removeTask("k")).toBeNull();
    await addOne(queue, bookTask({ key: "k" }));
    await settleOne(queue, await claimOne(queue), done);
    expect(await queue.backend.removeTask("k")).toBeNull();
  });

  test("a pending one is gone, and its key is free", async () => {
    const queue = await open();
    const added = await addOne(queue, bookTask({ key: "k" }));
    expect(await queue.backend.removeTask("k")).toEqual(added);
    expect(await queue.backend.find([added.id])).toEqual([null]);
    expect(await queue.backend.removeTask("k")).toBeNull();
    expect(await claim(queue)).toEqual([]);
  });

  test("one that failed for good is gone too", async () => {
    const queue = await open();
    const { id } = await addOne(queue, bookTask({ key: "k" }));
    await settleOne(queue, await claimOne(queue), failure(true));
    expect(await queue.backend.removeTask("k")).toMatchObject({ id, status: "failed" });
    expect(await queue.backend.find([id])).toEqual([null]);
  });

  test("one that runs goes on to its end without its key, and is not tried again", async () => {
    const queue = await open();
    await addOne(queue, bookTask({ key: "k", maxAttempts: 5 }));
    const task = await claimOne(queue);
    expect(await queue.backend.removeTask("k")).toMatchObject({ id: task.id, key: "k", attempts: 1 });
    expect(await findOne(queue, task.id)).toMatchObject({ key: null, status: "running" });
    const [next] = await queue.backend.add([bookTask({ key: "k" })]);
    expect(next?.created).toBe(true);
    expect(await settleOne(queue, task, failure())).toBe("failed");
  });

  test("one that waits for its children does so to their end, without its key", async () => {
    const queue = await open();
    await addOne(queue, bookTask({ key: "k" }));
    const parent = await claimOne(queue);
    await queue.runner.add([narration(1)], fenceOf(parent));
    await settleOne(queue, parent, { type: "wait" });
    expect(await queue.backend.removeTask("k")).toMatchObject({ id: parent.id, status: "waiting" });
    await settleOne(queue, await claimOne(queue), done);
    expect(await findOne(queue, parent.id)).toMatchObject({ key: null, status: "done" });
  });

  test("one that waits for a retry stays while a task below it is held, and has one more attempt", async () => {
    const queue = await open();
    await addOne(queue, bookTask({ key: "k", maxAttempts: 5 }));
    const parent = await claimOne(queue);
    await queue.runner.add([narration(1)], fenceOf(parent));
    await settleOne(queue, parent, { type: "later", runAt: Date.now() + HOUR_MS, reason: "busy" });
    await claimOne(queue);
    expect(await queue.backend.removeTask("k")).toMatchObject({ id: parent.id, key: "k" });
    expect(await findOne(queue, parent.id)).toMatchObject({
      key: null,
      status: "pending",
      attempts: 4,
      maxAttempts: 5,
    });
  });

  test("its descendants go with it", async () => {
    const queue = await open();
    await addOne(queue, bookTask({ key: "k" }));
    const parent = await claimOne(queue);
    const [child] = await queue.runner.add([narration(1)], fenceOf(parent));
    await settleOne(queue, parent, { type: "later", runAt: Date.now() + HOUR_MS, reason: "busy" });
    await queue.backend.removeTask("k");
    expect(await queue.backend.find([parent.id, child?.task.id ?? ""])).toEqual([null, null]);
    expect(await queue.backend.listLanes(10)).toEqual([]);
  });

  test("a parent whose last live child is removed ends", async () => {
    const queue = await open();
    await addOne(queue);
    const parent = await claimOne(queue);
    await queue.runner.add([narration(1, { key: "k" }), narration(2, { priority: -1 })], fenceOf(parent));
    await settleOne(queue, parent, { type: "wait" });
    await settleOne(queue, await claimOne(queue), done);
    await queue.backend.removeTask("k");
    expect(await statusOf(queue, parent.id)).toBe("done");
    expect((await findOne(queue, parent.id)).children).toEqual({ total: 1, done: 1, failed: 0, cancelled: 0 });
  });
};
