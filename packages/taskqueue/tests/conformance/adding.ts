import { expect, test } from "vitest";
import {
  addOne,
  bookTask,
  claimOne,
  done,
  fenceOf,
  findOne,
  HOUR_MS,
  narration,
  type Open,
  settleOne,
} from "./queue-under-test.ts";

export const addingSuite = (open: Open): void => {
  test("an added task is pending, with its defaults, and is found by its id", async () => {
    const queue = await open();
    const added = await addOne(queue);
    expect(added).toMatchObject({
      kind: "scrape.book",
      lane: "default",
      key: null,
      status: "pending",
      priority: 0,
      attempts: 0,
      lease: 0,
      runner: null,
      parent: null,
      payload: { url: "http://book.example/1" },
      startedAt: null,
      finishedAt: null,
    });
    expect(await findOne(queue, added.id)).toEqual(added);
  });

  test("answers stand in the order of the request", async () => {
    const queue = await open();
    const added = await queue.backend.add(Array.from({ length: 300 }, (_, index) => narration(index + 1)));
    expect(added.map(({ task }) => task.payload["chapter"])).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
    expect(await queue.backend.add([])).toEqual([]);
  });

  test("a key that is live answers with the live task, also within one call; a key that is over is free again", async () => {
    const queue = await open();
    const [first, twin, other] = await queue.backend.add([
      bookTask({ key: "k" }),
      bookTask({ key: "k", priority: 9 }),
      bookTask({ key: "l" }),
    ]);
    expect([first?.created, twin?.created, other?.created]).toEqual([true, false, true]);
    expect(twin?.task).toEqual(first?.task);
    const [again] = await queue.backend.add([bookTask({ key: "k" })]);
    expect(again).toEqual({ task: first?.task, created: false });

    const claimed = await claimOne(queue);
    const [running] = await queue.backend.add([bookTask({ key: "k" })]);
    expect(running).toMatchObject({ created: false, task: { id: claimed.id, status: "running" } });
    await settleOne(queue, claimed, done);
    const [fresh] = await queue.backend.add([bookTask({ key: "k" })]);
    expect(fresh?.created).toBe(true);
    expect(fresh?.task.id).not.toBe(claimed.id);
    expect(await queue.backend.findByKey("k")).toEqual(fresh?.task);
  });

  test("one key added by twenty at once makes one task", async () => {
    const queue = await open();
    const answers = await Promise.all(Array.from({ length: 20 }, () => queue.backend.add([bookTask({ key: "same" })])));
    expect(answers.filter(([added]) => added?.created)).toHaveLength(1);
    expect(new Set(answers.map(([added]) => added?.task.id)).size).toBe(1);
  });

  test("a task is not claimed before its time, and nextAt says when", async () => {
    const queue = await open();
    const runAt = Date.now() + HOUR_MS;
    await addOne(queue, bookTask({ runAt }));
    const answer = await queue.runner.claim({ runner: "r", kinds: ["scrape.book"], limit: 1, leaseMs: 1000 });
    expect(answer).toEqual({ tasks: [], nextAt: runAt });
  });

  test("children are added under their parent's fence alone", async () => {
    const queue = await open();
    await addOne(queue);
    const parent = await claimOne(queue);
    const [child] = await queue.runner.add([narration(1)], fenceOf(parent));
    expect(child?.task.parent).toBe(parent.id);
    const stale = { taskId: parent.id, lease: parent.lease + 1 };
    await expect(queue.runner.add([narration(2), narration(3)], stale)).rejects.toMatchObject({ code: "LEASE_LOST" });
    await queue.backend.cancel([parent.id]);
    await expect(queue.runner.add([narration(4)], fenceOf(parent))).rejects.toMatchObject({ code: "CANCELLED" });
    await settleOne(queue, parent, done);
    await expect(queue.runner.add([narration(5)], fenceOf(parent))).rejects.toMatchObject({ code: "LEASE_LOST" });
    expect((await queue.backend.list({ parent: parent.id, limit: 10 })).items).toHaveLength(1);
  });
};
