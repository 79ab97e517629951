import { expect, test } from "vitest";
import {
  addOne,
  bookTask,
  claim,
  claimOne,
  done,
  fenceOf,
  findOne,
  HOUR_MS,
  narration,
  type Open,
  settleOne,
  taskOf,
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

  test("flags are kept sorted and each once, a list is a payload too", async () => {
    const queue = await open();
    const added = await addOne(queue, taskOf("k", { flags: ["b", "a", "b"], payload: [1, { two: 2 }] }));
    expect(added).toMatchObject({ flags: ["a", "b"], payload: [1, { two: 2 }], revision: 0, checkpoint: null });
    expect(await findOne(queue, added.id)).toEqual(added);
  });

  test("a task with its parent's group, with a group of its own, without any", async () => {
    const queue = await open();
    const { group } = await addOne(queue);
    const parent = await claimOne(queue);
    const children = await queue.runner.add(
      [narration(1), narration(2, { group: "shelf" }), narration(3, { group: "" })],
      fenceOf(parent),
    );
    expect([group, ...children.map(({ task }) => task.group)]).toEqual([null, parent.id, "shelf", null]);
    const [child] = await claim(queue, 1);
    if (!child) throw new Error("no child");
    const [grandchild] = await queue.runner.add([narration(4)], fenceOf(child));
    expect(grandchild?.task).toMatchObject({ parent: child.id, group: parent.id });
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
