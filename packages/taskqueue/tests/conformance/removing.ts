import { expect, test } from "vitest";
import {
  actOnIds,
  addOne,
  bookTask,
  card,
  claimOne,
  done,
  failure,
  fenceOf,
  LEASE_MS,
  narration,
  type Open,
  type QueueUnderTest,
  settleOne,
  statusOf,
} from "./queue-under-test.ts";

const remove = (queue: QueueUnderTest, ...ids: string[]) => actOnIds(queue, { type: "remove" }, ...ids);

/** A failed book with a child that is claimed, which has a pending child of its own. */
const family = async (queue: QueueUnderTest) => {
  await addOne(queue, bookTask({ key: "book" }));
  const book = await claimOne(queue);
  await queue.runner.add([narration(1)], fenceOf(book));
  await settleOne(queue, book, failure(true));
  const child = await claimOne(queue);
  const [grandchild] = await queue.runner.add([narration(2, { key: "leaf" })], fenceOf(child));
  return { book, child, grandchild: grandchild?.task.id ?? "" };
};

const countAll = async (queue: QueueUnderTest) =>
  Object.values(await queue.backend.counts())
    .flatMap((byStatus) => Object.values(byStatus))
    .reduce((sum, count) => sum + count, 0);

export const removingSuite = (open: Open): void => {
  test("a task goes with all its descendants, their keys and their logs", async () => {
    const queue = await open();
    const { book, child, grandchild } = await family(queue);
    const log = [{ at: Date.now(), level: "info", message: "a line" }] as const;
    await queue.runner.heartbeat(card("runner-a"), LEASE_MS, [{ ...fenceOf(child), log }]);
    await settleOne(queue, child, done);
    expect(await remove(queue, book.id)).toMatchObject({
      matched: 1,
      changed: 1,
      tasks: [{ id: book.id, status: "failed" }],
    });
    expect(await queue.backend.find([book.id, child.id, grandchild])).toEqual([null, null, null]);
    expect(await queue.backend.findByKey("leaf")).toBeNull();
    expect((await queue.backendPorts.admin.readLog(child.id, { limit: 5 })).items).toEqual([]);
    expect(await countAll(queue)).toBe(0);
    expect(await queue.backend.listLanes(10)).toEqual([]);
  });

  test("a chain that is deeper than any tree goes whole", async () => {
    const queue = await open();
    const first = await addOne(queue);
    for (let storey = 1; storey <= 120; storey += 1) {
      const above = await claimOne(queue);
      await queue.runner.add([narration(storey)], fenceOf(above));
      await settleOne(queue, above, done);
    }
    expect(await remove(queue, first.id)).toMatchObject({ matched: 1, changed: 1 });
    expect(await countAll(queue)).toBe(0);
  });

  test("one that has a held task below it is passed over, whole", async () => {
    const queue = await open();
    const { book, child, grandchild } = await family(queue);
    expect(await remove(queue, book.id)).toEqual({ matched: 1, changed: 0, tasks: [] });
    expect(await queue.backend.find([book.id, child.id, grandchild])).not.toContain(null);
  });

  test("a child and its parent in one call are both counted", async () => {
    const queue = await open();
    const { book, child } = await family(queue);
    await settleOne(queue, child, done);
    const { matched, changed } = await remove(queue, child.id, book.id);
    expect([matched, changed, await countAll(queue)]).toEqual([2, 2, 0]);
  });

  test("a removed child no longer counts for its parent", async () => {
    const queue = await open();
    await addOne(queue);
    const parent = await claimOne(queue);
    await queue.runner.add([narration(1), narration(2), narration(3)], fenceOf(parent));
    await settleOne(queue, parent, { type: "wait" });
    const failed = await claimOne(queue);
    await settleOne(queue, failed, failure(true));
    await settleOne(queue, await claimOne(queue), done);
    await remove(queue, failed.id);
    const [task] = await queue.backend.find([parent.id]);
    expect(task).toMatchObject({ status: "waiting", children: { total: 2, done: 1, failed: 0, cancelled: 0 } });
    await settleOne(queue, await claimOne(queue), done);
    expect(await statusOf(queue, parent.id)).toBe("done");
  });

  test("who removes a task from a serial lane leaves its slot as it was", async () => {
    const queue = await open();
    await queue.backend.configureLane("serial", { concurrency: 1, gapMs: 0 });
    const [first, second, third] = await queue.backend.add(
      [1, 2, 3].map((chapter) => narration(chapter, { lane: "serial" })),
    );
    expect((await claimOne(queue)).id).toBe(first?.task.id);
    await remove(queue, second?.task.id ?? "");
    await expect(claimOne(queue)).rejects.toThrow("nothing was claimable");
    expect(await queue.backend.listLanes(1)).toMatchObject([{ running: 1, pending: 1 }]);
    expect(await statusOf(queue, third?.task.id ?? "")).toBe("pending");
  });
};
