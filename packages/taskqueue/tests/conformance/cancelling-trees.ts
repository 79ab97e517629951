import type { Task } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import {
  addOne,
  bookTask,
  card,
  childAt,
  claim,
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
  taskOf,
  waitThenRun,
} from "./queue-under-test.ts";

const chapter = taskOf("scrape.chapter");

/** Four storeys; below the first chapter one narration has ended, one runs and one waits; the second has two waiting. */
const storeys = async (queue: QueueUnderTest, leaseMs = LEASE_MS) => {
  const book = family([family(narrations(3), chapter), family(narrations(2), chapter)]);
  const top = await queue.backend.addTree(family([book], taskOf("scrape.catalogue")));
  await endNext(queue, "done");
  const running = await claimOne(queue, leaseMs);
  const middle = childAt(top, 0);
  const all = [top, middle, ...middle.children, ...middle.children.flatMap(({ children }) => children)];
  return { top: top.task, running, ids: all.map(({ task }) => task.id) };
};

const timesHold = ({ cancelRequestedAt, finishedAt }: Task): boolean =>
  cancelRequestedAt !== null && finishedAt !== null && cancelRequestedAt <= finishedAt;

const [CANCELLED, CANCELLING] = ["cancelled", "cancelling"];

export const cancellingTreesSuite = (open: Open): void => {
  test("all below it ends or is asked to, at any depth; those above what still runs follow when it has stopped", async () => {
    const queue = await open();
    const { top, running, ids } = await storeys(queue);
    const [answer] = await queue.backend.cancel([top.id]);
    expect(answer).toMatchObject({ changed: true, task: { status: "cancelling", finishedAt: null } });
    const statuses = async () => (await queue.backend.find(ids)).map((task) => task?.status);
    const below = ["done", CANCELLING, CANCELLED, CANCELLED, CANCELLED];
    expect(await statuses()).toEqual([CANCELLING, CANCELLING, CANCELLING, CANCELLED, ...below]);
    expect(await claim(queue)).toEqual([]);
    const beat = await queue.runner.heartbeat(card("runner-a"), LEASE_MS, [fenceOf(running)]);
    expect(beat.cancelling).toEqual([running.id]);

    expect(await settleOne(queue, running, done)).toBe("cancelled");
    expect(await statuses()).toEqual(ids.map((_, index) => (index === 4 ? "done" : "cancelled")));
    const ended = (await queue.backend.find(ids)).filter((task) => task?.status === "cancelled") as Task[];
    expect(ended.filter((task) => !timesHold(task))).toEqual([]);
    expect(ended[0]?.children).toEqual({ total: 1, done: 0, failed: 0, cancelled: 1 });
  });

  test("what lives below a task that has ended is reached from above, but not by naming that one", async () => {
    const queue = await open();
    const top = await queue.backend.addTree(family([chapter, chapter], taskOf("scrape.catalogue")));
    const between = await claimOne(queue);
    const [below] = await queue.runner.add([narration(1)], fenceOf(between));
    expect(await settleOne(queue, between, done)).toBe("done");
    const status = async () => (await findOne(queue, below?.task.id ?? "")).status;
    expect(await queue.backend.cancel([between.id])).toMatchObject([{ changed: false }]);
    expect(await status()).toBe("pending");
    expect(await queue.backend.cancel([top.task.id])).toMatchObject([{ changed: true, task: { status: "cancelled" } }]);
    expect(await status()).toBe("cancelled");
    expect((await findOne(queue, between.id)).status).toBe("done");
  });

  test("where the runner has died, the reaper ends it, and with it all above", async () => {
    const queue = await open();
    const { top, ids } = await storeys(queue, 0);
    await queue.backend.cancel([top.id]);
    expect(await queue.runner.reap(0)).toEqual({ pending: 0, failed: 0, cancelled: 1, repaired: 0 });
    const live = (await queue.backend.find(ids)).filter((task) => task?.finishedAt === null);
    expect(live).toEqual([]);
  });

  test("of one storey alone: its parent counts it, and goes on with the others", async () => {
    const queue = await open();
    const book = await queue.backend.addTree(family([family(narrations(2), chapter), narration(9)]));
    await queue.backend.cancel([childAt(book, 0).task.id]);
    expect(await findOne(queue, book.task.id)).toMatchObject({
      status: "waiting",
      cancelRequestedAt: null,
      children: { total: 2, cancelled: 1 },
    });
    await endNext(queue, "done");
    expect(await findOne(queue, book.task.id)).toMatchObject({ status: "cancelled", cancelRequestedAt: null });
  });

  test("a parent that was to go on does not: it ends as cancelled, by any policy", async () => {
    const queue = await open();
    const task = bookTask({ onChildFailure: "ignore" });
    const { task: pending } = await queue.backend.addTree(family(narrations(1), task, "run"));
    await queue.backend.cancel([pending.id]);
    expect(await findOne(queue, pending.id)).toMatchObject({ status: "cancelled", continuation: false, error: null });

    await queue.backend.addTree(family(narrations(1), task, "run"));
    const child = await claimOne(queue);
    await queue.backend.cancel([child.parent ?? ""]);
    await settleOne(queue, child, failure(true));
    expect((await findOne(queue, child.parent ?? "")).status).toBe("cancelled");
    expect(await claim(queue)).toEqual([]);
  });

  test("a parent at work has its children asked with it; what it says, or waits for, changes nothing any more", async () => {
    const queue = await open();
    await addOne(queue);
    const parent = await claimOne(queue);
    await queue.runner.add(narrations(2), fenceOf(parent));
    const child = await claimOne(queue);
    await queue.backend.cancel([parent.id]);
    expect(await settleOne(queue, parent, waitThenRun)).toBe("cancelled");
    expect((await findOne(queue, child.id)).status).toBe("cancelling");
    await settleOne(queue, child, done);
    const expected = { status: "cancelled", children: { total: 2, cancelled: 2 }, continuation: false };
    expect(await findOne(queue, parent.id)).toMatchObject(expected);
  });
};
