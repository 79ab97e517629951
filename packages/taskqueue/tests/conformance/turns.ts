import { expect, test } from "vitest";
import {
  actOnIds,
  addOne,
  bookTask,
  claim,
  claimOne,
  done,
  failure,
  fenceOf,
  hourAgo,
  narration,
  type Open,
  type QueueUnderTest,
  settleOne,
} from "./queue-under-test.ts";

const MINUTE_MS = 60_000;

/** A book that has added 3,000 chapters to `lane` and of which 5 have been claimed. */
const bigBook = async (queue: QueueUnderTest, lane: string, runAt: number) => {
  await addOne(queue, bookTask({ priority: -1 }));
  const parent = await claimOne(queue);
  for (let from = 0; from < 3000; from += 1000) {
    const children = Array.from({ length: 1000 }, (_, index) => narration(from + index + 1, { lane, runAt }));
    await queue.runner.add(children, fenceOf(parent));
  }
  for (const task of await claim(queue, 5)) await settleOne(queue, task, done);
  return parent;
};

const chapters = (tasks: readonly { payload: Record<string, unknown> }[]) =>
  tasks.map(({ payload }) => payload["chapter"]);

export const turnsSuite = (open: Open): void => {
  test.each([
    ["of the same lane", "host:a.example"],
    ["of another lane", "host:b.example"],
  ])("3,000 children do not delay a single task %s", async (_, lane) => {
    const queue = await open();
    const runAt = hourAgo();
    const parent = await bigBook(queue, "host:a.example", runAt);
    const single = await addOne(queue, bookTask({ lane, runAt }));
    const next = await claim(queue, 3);
    expect(next.map(({ id }) => id)).toContain(single.id);
    expect(next.filter((task) => task.parent === parent.id)).toHaveLength(2);
  });

  test("two large groups take turns", async () => {
    const queue = await open();
    const runAt = hourAgo();
    const group = (name: string) => Array.from({ length: 50 }, (_, index) => narration(index, { group: name, runAt }));
    await queue.backend.add([...group("a"), ...group("b")]);
    const claimed = (await claim(queue, 20)).map((task) => task.group);
    expect(claimed.filter((name) => name === "a")).toHaveLength(10);
    expect(claimed.filter((name) => name === "b")).toHaveLength(10);
  });

  test("a group that comes later does not wait for what the first has had, nor makes up for it", async () => {
    const queue = await open();
    const runAt = hourAgo();
    const group = (name: string, size: number) =>
      queue.backend.add(Array.from({ length: size }, (_, index) => narration(index, { group: name, runAt })));
    await group("first", 60);
    await claim(queue, 40);
    await group("second", 20);
    const claimed = (await claim(queue, 20)).map((task) => task.group);
    expect(claimed.filter((name) => name === "second").length).toBeGreaterThanOrEqual(9);
    expect(claimed.filter((name) => name === "second").length).toBeLessThanOrEqual(11);
  });

  test("a task without a group has the turn of the moment: it goes neither before nor behind what came with it", async () => {
    const queue = await open();
    const runAt = hourAgo();
    const group = (name: string, size: number) =>
      queue.backend.add(Array.from({ length: size }, (_, index) => narration(index, { group: name, runAt })));
    await group("first", 60);
    await claim(queue, 40);
    await group("second", 5);
    const single = await addOne(queue, bookTask({ runAt }));
    const claimed = await claim(queue, 3);
    expect(claimed[0]?.group).toBe("second");
    expect(claimed[1]?.id).toBe(single.id);
  });

  test("what is redriven has the turn of the moment too, not the one of its time", async () => {
    const queue = await open();
    await addOne(queue, narration(1, { group: "old", runAt: Date.now() - 2 }));
    const old = await claimOne(queue);
    await settleOne(queue, old, failure(true));
    const many = Array.from({ length: 40 }, (_, index) => narration(index, { group: "many", runAt: Date.now() - 2 }));
    await queue.backend.add(many);
    await claim(queue);
    const fresh = await addOne(queue, bookTask({ runAt: Date.now() - 2 }));
    await actOnIds(queue, { type: "redrive" }, old.id);
    expect((await claim(queue)).map(({ id }) => id)).toEqual([fresh.id, old.id]);
  });

  test("within a group, and without groups: lower priority first, then due time, then order of addition", async () => {
    const queue = await open();
    const runAt = hourAgo();
    await queue.backend.add([
      narration(1, { group: "g", runAt, priority: 1 }),
      narration(2, { group: "g", runAt }),
      narration(3, { group: "g", runAt }),
    ]);
    expect(chapters(await claim(queue))).toEqual([2, 3, 1]);
  });

  test.each([
    [101, [1, 2]],
    [99, [2, 1]],
  ])("of priority 1 and %i minutes older than one of priority 0: claimed in the order %j", async (minutes, order) => {
    const queue = await open();
    // On the minute, so that a part of one decides nothing.
    const runAt = Math.floor(hourAgo() / MINUTE_MS) * MINUTE_MS;
    await queue.backend.add([
      narration(1, { priority: 1, runAt: runAt - minutes * MINUTE_MS }),
      narration(2, { priority: 0, runAt }),
    ]);
    expect(chapters(await claim(queue))).toEqual(order);
  });

  test("an old task of low priority goes before any number of fresh urgent ones", async () => {
    const queue = await open();
    await queue.backend.add(Array.from({ length: 300 }, (_, index) => narration(index + 1, { priority: -5 })));
    await addOne(queue, narration(1000, { priority: 10, runAt: Date.now() - 26 * 60 * MINUTE_MS }));
    expect(chapters([await claimOne(queue)])).toEqual([1000]);
  });

  test("a retry keeps its place before what came later", async () => {
    const queue = await open();
    const runAt = hourAgo();
    await addOne(queue, narration(1, { runAt }));
    const first = await claimOne(queue);
    await queue.backend.add([narration(2, { runAt: runAt + 5 * MINUTE_MS })]);
    await settleOne(queue, first, { type: "later", runAt: runAt + 30 * MINUTE_MS, reason: "busy" });
    expect(chapters(await claim(queue))).toEqual([1, 2]);
  });
};
