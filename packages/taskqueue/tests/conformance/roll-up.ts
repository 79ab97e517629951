import type { ProgressReport, Task } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import {
  actOnIds,
  addOne,
  card,
  claim,
  claimOne,
  done,
  failure,
  fenceOf,
  LEASE_MS,
  narration,
  type Open,
  type QueueUnderTest,
  settleOne,
  waitingParent,
} from "./queue-under-test.ts";

const report = (queue: QueueUnderTest, task: Task | undefined, progress: ProgressReport) =>
  queue.runner.heartbeat(card("runner-a"), LEASE_MS, task ? [{ ...fenceOf(task), progress }] : []);

const end = (queue: QueueUnderTest, task: Task | undefined, outcome = done) =>
  task ? settleOne(queue, task, outcome) : null;

/** A claimed task gets children, claimed too, and waits for them. */
const giveChildren = async (queue: QueueUnderTest, parent: Task, count: number, progress?: ProgressReport) => {
  await queue.runner.add(
    Array.from({ length: count }, (_, index) => narration(index + 1)),
    fenceOf(parent),
  );
  await queue.runner.settle([{ ...fenceOf(parent), outcome: { type: "wait" }, ...(progress && { progress }) }]);
  return claim(queue, count);
};

const rolledUp = async (queue: QueueUnderTest, task: Task) => (await queue.backend.rollUp()).get(task.id);

export const rollUpSuite = (open: Open): void => {
  test("a child counts as much as its siblings, one at work by its own progress", async () => {
    const queue = await open();
    const { parent, children } = await waitingParent(queue, 4);
    expect(await rolledUp(queue, parent)).toBe(0);
    await end(queue, children[0]);
    await report(queue, children[1], { done: 3, total: 4, unit: "sentences" });
    await report(queue, children[2], { done: 30, total: null, unit: "pages" });
    expect(await rolledUp(queue, parent)).toBeCloseTo(1.75 / 4, 10);
    await report(queue, children[1], { done: 9, total: 4, unit: "sentences" });
    expect(await rolledUp(queue, parent)).toBeCloseTo(2 / 4, 10);
  });

  test("a child that has ended counts whole, however it ended; one put off counts nothing", async () => {
    const queue = await open();
    const { parent, children } = await waitingParent(queue, 4);
    await end(queue, children[0], failure(true));
    await queue.backend.cancel([children[1]?.id ?? ""]);
    await end(queue, children[1]);
    await report(queue, children[2], { done: 1, total: 2, unit: "sentences" });
    await end(queue, children[2], failure());
    expect(await rolledUp(queue, parent)).toBeCloseTo(2 / 4, 10);
  });

  test("three levels: what is at work below counts through all of them", async () => {
    const queue = await open();
    const { parent: catalogue, children: books } = await waitingParent(queue, 2);
    const [book] = books;
    const chapters = book ? await giveChildren(queue, book, 4) : [];
    const narrations = chapters[0] ? await giveChildren(queue, chapters[0], 5) : [];
    await end(queue, narrations[0]);
    await report(queue, narrations[1], { done: 1, total: 2, unit: "sentences" });
    await end(queue, chapters[1]);
    const chapter = 1.5 / 5;
    const bookNow = (1 + chapter) / 4;
    const all = await queue.backend.rollUp();
    expect([...all.keys()].toSorted()).toEqual([catalogue.id, book?.id ?? "", chapters[0]?.id ?? ""].toSorted());
    expect(all.get(chapters[0]?.id ?? "")).toBeCloseTo(chapter, 10);
    expect(all.get(book?.id ?? "")).toBeCloseTo(bookNow, 10);
    expect(all.get(catalogue.id)).toBeCloseTo(bookNow / 2, 10);
  });

  test("steps at work count 5 % of the whole together, whatever they say", async () => {
    const queue = await open();
    await addOne(queue);
    const flow = await claimOne(queue);
    const steps = await giveChildren(queue, flow, 4, { done: 0, total: 4, unit: "steps" });
    const seen: (number | undefined)[] = [];
    await report(queue, steps[0], { done: 9, total: 10, unit: "pages" });
    for (const step of steps) {
      seen.push(await rolledUp(queue, flow));
      await end(queue, step);
    }
    expect(seen).toEqual([0.05, 0.3, 0.55, 0.8]);
    expect(await rolledUp(queue, flow)).toBeUndefined();
  });

  test("steps that are not yet at work count nothing, and the last one never makes it whole", async () => {
    const queue = await open();
    await addOne(queue);
    const flow = await claimOne(queue);
    const steps = await giveChildren(queue, flow, 20, { done: 0, total: 20, unit: "steps" });
    for (const step of steps.slice(1)) await end(queue, step);
    const before = await rolledUp(queue, flow);
    expect(before).toBeGreaterThan(0.95);
    expect(before).toBeLessThan(1);
    await end(queue, steps[0], { type: "later", runAt: Date.now() + 60_000, reason: "the site asked for it" });
    expect(await rolledUp(queue, flow)).toBeCloseTo(0.95, 10);
  });

  test("a parent that still runs is as far as its children; what an earlier attempt left behind does not count", async () => {
    const queue = await open();
    const { parent, children } = await waitingParent(queue, 2);
    for (const child of children) await end(queue, child, failure(true));
    expect(await rolledUp(queue, parent)).toBeUndefined();
    await actOnIds(queue, { type: "redrive" }, parent.id);
    const again = await claimOne(queue);
    expect(again.id).toBe(parent.id);
    expect(await rolledUp(queue, parent)).toBeUndefined();
    await queue.runner.add([narration(1), narration(2), narration(3), narration(4)], fenceOf(again));
    await end(queue, await claimOne(queue));
    expect(await rolledUp(queue, parent)).toBeCloseTo(1 / 4, 10);
  });

  test("tasks without children are not parents", async () => {
    const queue = await open();
    await addOne(queue);
    await report(queue, await claimOne(queue), { done: 1, total: 2, unit: "pages" });
    await addOne(queue);
    expect(await queue.backend.rollUp()).toEqual(new Map());
  });
};
