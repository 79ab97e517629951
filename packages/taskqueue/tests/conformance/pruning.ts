import { expect, test } from "vitest";
import {
  addOne,
  claim,
  claimOne,
  done,
  failure,
  fenceOf,
  HOUR_MS,
  narration,
  type Open,
  type QueueUnderTest,
  settleOne,
} from "./queue-under-test.ts";

const NOTHING = { removed: 0, more: false };

/** Three done, two failed, one cancelled and one pending, each group in order of its end. */
const variety = async (queue: QueueUnderTest) => {
  const ids: string[] = [];
  for (const outcome of [done, done, done, failure(true), failure(true)]) {
    await addOne(queue);
    const task = await claimOne(queue);
    await settleOne(queue, task, outcome);
    ids.push(task.id);
  }
  const cancelled = await addOne(queue);
  await queue.backend.cancel([cancelled.id]);
  return [...ids, cancelled.id, (await addOne(queue)).id];
};

const left = async (queue: QueueUnderTest, ids: readonly string[]) =>
  (await queue.backend.find(ids)).flatMap((task, index) => (task ? [index] : []));

export const pruningSuite = (open: Open): void => {
  test("by age: what ended at least so long ago, of the status that is named", async () => {
    const queue = await open();
    const { admin } = queue.backendPorts;
    const ids = await variety(queue);
    expect(await admin.prune({ done: { maxAgeMs: HOUR_MS } })).toEqual(NOTHING);
    expect(await admin.prune({})).toEqual(NOTHING);
    expect(await admin.prune({ done: { maxAgeMs: 0 } })).toEqual({ removed: 3, more: false });
    expect(await left(queue, ids)).toEqual([3, 4, 5, 6]);
    expect(await admin.prune({ failed: { maxAgeMs: 0 }, cancelled: { maxAgeMs: 0 } })).toMatchObject({ removed: 3 });
    expect(await left(queue, ids)).toEqual([6]);
    expect((await queue.backend.counts())["scrape.book"]).toMatchObject({
      pending: 1,
      done: 0,
      failed: 0,
      cancelled: 0,
    });
  });

  test("by number: the newest so many of a status stay", async () => {
    const queue = await open();
    const { admin } = queue.backendPorts;
    const ids = await variety(queue);
    expect(await admin.prune({ done: { maxCount: 1 }, failed: { maxCount: 2 } })).toEqual({ removed: 2, more: false });
    expect(await left(queue, ids)).toEqual([2, 3, 4, 5, 6]);
    expect(await admin.prune({ failed: { maxCount: 0 } })).toEqual({ removed: 2, more: false });
  });

  test("over either limit is over", async () => {
    const queue = await open();
    const ids = await variety(queue);
    const limits = { maxAgeMs: HOUR_MS, maxCount: 2 };
    expect(await queue.backendPorts.admin.prune({ done: limits })).toEqual({ removed: 1, more: false });
    expect(await left(queue, ids)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("children go with their root, and not before it", async () => {
    const queue = await open();
    const { admin } = queue.backendPorts;
    await addOne(queue);
    const parent = await claimOne(queue);
    await queue.runner.add([narration(1), narration(2)], fenceOf(parent));
    await settleOne(queue, parent, { type: "wait" });
    const [one, two] = await claim(queue);
    if (!one || !two) throw new Error("two children were expected");
    await settleOne(queue, one, done);
    expect(await admin.prune({ done: { maxAgeMs: 0 } })).toEqual(NOTHING);
    await settleOne(queue, two, done);
    expect(await admin.prune({ done: { maxAgeMs: 0 } })).toEqual({ removed: 3, more: false });
    expect(await queue.backend.find([parent.id, one.id, two.id])).toEqual([null, null, null]);
  });

  test("a root that ended before what is below it stays until all of it has", async () => {
    const queue = await open();
    const { admin } = queue.backendPorts;
    await addOne(queue);
    const parent = await claimOne(queue);
    await queue.runner.add([narration(1)], fenceOf(parent));
    await settleOne(queue, parent, failure(true));
    expect(await admin.prune({ failed: { maxAgeMs: 0 } })).toEqual(NOTHING);
    await settleOne(queue, await claimOne(queue), done);
    expect(await admin.prune({ failed: { maxAgeMs: 0 } })).toEqual({ removed: 2, more: false });
  });

  test("a tree of more than a thousand goes from its leaves: what is left hangs together", async () => {
    const queue = await open();
    const { admin } = queue.backendPorts;
    await addOne(queue);
    const parent = await claimOne(queue);
    await queue.runner.add(
      Array.from({ length: 1200 }, (_, index) => narration(index)),
      fenceOf(parent),
    );
    await settleOne(queue, parent, { type: "wait" });
    await queue.backend.cancel([parent.id]);
    const prune = () => admin.prune({ cancelled: { maxAgeMs: 0 } });
    expect(await prune()).toEqual({ removed: 1000, more: true });
    const [root] = await queue.backend.find([parent.id]);
    expect(root).toMatchObject({ status: "cancelled", children: { total: 200, cancelled: 200 } });
    expect(await prune()).toEqual({ removed: 201, more: false });
    expect(await queue.backend.find([parent.id])).toEqual([null]);
  });

  test("at most a thousand a call, and it says when there are more", async () => {
    const queue = await open();
    const { admin } = queue.backendPorts;
    const added = await queue.backend.add(Array.from({ length: 1200 }, (_, index) => narration(index)));
    await queue.backend.cancel(added.slice(0, 1000).map(({ task }) => task.id));
    await queue.backend.cancel(added.slice(1000).map(({ task }) => task.id));
    const removed: number[] = [];
    for (let more = true; more;) {
      const answer = await admin.prune({ cancelled: { maxAgeMs: 0 } });
      removed.push(answer.removed);
      more = answer.more;
    }
    expect(Math.max(...removed)).toBeLessThanOrEqual(1000);
    expect(removed.reduce((sum, count) => sum + count, 0)).toBe(1200);
    expect((await queue.backend.counts())["narrate.chapter"]?.cancelled ?? 0).toBe(0);
  });
};
