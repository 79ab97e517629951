import type { Task } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import type { AddedTree } from "../../src/index.ts";
import {
  actOnIds,
  addOne,
  bookTask,
  childAt,
  claim,
  claimOne,
  done,
  end,
  endNext,
  failure,
  family,
  fenceOf,
  findOne,
  narration,
  narrations,
  type Open,
  type QueueUnderTest,
  settleOne,
  taskOf,
  waitThenRun,
} from "./queue-under-test.ts";

const retry = (queue: QueueUnderTest, id: string, cancelled?: boolean) =>
  actOnIds(queue, { type: "retry_children", ...(cancelled !== undefined && { cancelled }) }, id);

const statusesOf = async (queue: QueueUnderTest, ...trees: readonly AddedTree[]) =>
  (await queue.backend.find(trees.map(({ task }) => task.id))).map((task) => task?.status);

const reopened = {
  status: "waiting",
  error: null,
  finishedAt: null,
  cancelRequestedAt: null,
  attempts: 0,
  crashes: 0,
  continuation: false,
} satisfies Partial<Task>;

const chapter = taskOf("scrape.chapter");

export const retryingChildrenSuite = (open: Open): void => {
  test("what failed is tried again and nothing else; the parent waits again, and ends by what becomes of it", async () => {
    const queue = await open();
    const book = await queue.backend.addTree(family(narrations(4)));
    await endNext(queue, "done", "failed", "cancelled", "failed");
    expect((await findOne(queue, book.task.id)).status).toBe("failed");

    expect(await retry(queue, book.task.id)).toMatchObject({ matched: 1, changed: 1 });
    expect(await statusesOf(queue, ...book.children)).toEqual(["done", "pending", "cancelled", "pending"]);
    const counts = { total: 4, done: 1, failed: 0, cancelled: 1 };
    expect(await findOne(queue, book.task.id)).toMatchObject({ ...reopened, children: counts });
    expect(await findOne(queue, childAt(book, 1).task.id)).toMatchObject({ attempts: 0, finishedAt: null });
    await endNext(queue, "done", "done");
    expect(await findOne(queue, book.task.id)).toMatchObject({
      status: "cancelled",
      children: { done: 3, cancelled: 1 },
    });

    await retry(queue, book.task.id, true);
    expect(await statusesOf(queue, ...book.children)).toEqual(["done", "done", "pending", "done"]);
    await endNext(queue, "failed");
    await retry(queue, book.task.id);
    await endNext(queue, "done");
    expect(await findOne(queue, book.task.id)).toMatchObject({ status: "done", error: null, children: { done: 4 } });
  });

  test("a parent that still waits has its failed children tried again as the others go on", async () => {
    const queue = await open();
    const book = await queue.backend.addTree(family(narrations(2)));
    await endNext(queue, "failed");
    expect(await retry(queue, book.task.id)).toMatchObject({ matched: 1, changed: 1 });
    expect((await findOne(queue, book.task.id)).children).toEqual({ total: 2, done: 0, failed: 0, cancelled: 0 });
    await endNext(queue, "done", "done");
    expect((await findOne(queue, book.task.id)).status).toBe("done");
  });

  test("of four storeys, those between and those above that ended because of it wait again; what is done stays done", async () => {
    const queue = await open();
    const bad = family([family([narration(1), narration(2)], chapter), family([narration(3)], chapter)]);
    const good = family([narration(4)]);
    const top = await queue.backend.addTree(family([bad, good], taskOf("scrape.catalogue")));
    const book = childAt(top, 0);
    await endNext(queue, "done", "done", "failed", "done");
    const all = [top, book, childAt(book, 0), childAt(book, 1), childAt(top, 1)];
    expect(await statusesOf(queue, ...all)).toEqual(["failed", "failed", "failed", "done", "done"]);

    await retry(queue, childAt(book, 0).task.id);
    expect(await statusesOf(queue, ...all)).toEqual(["waiting", "waiting", "waiting", "done", "done"]);
    await endNext(queue, "failed");
    await retry(queue, top.task.id);
    expect(await statusesOf(queue, ...all)).toEqual(["waiting", "waiting", "waiting", "done", "done"]);
    await endNext(queue, "done");
    expect(await statusesOf(queue, ...all)).toEqual(["done", "done", "done", "done", "done"]);
  });

  test.each([
    ["finish_with_errors", { status: "waiting", error: null }],
    ["ignore", { status: "done", error: null }],
  ] as const)("above it, a parent that was done by %s is %o", async (onChildFailure, expected) => {
    const queue = await open();
    const top = await queue.backend.addTree(family([family(narrations(1), chapter)], bookTask({ onChildFailure })));
    await endNext(queue, "failed");
    expect((await findOne(queue, top.task.id)).status).toBe("done");
    await retry(queue, childAt(top, 0).task.id);
    expect(await findOne(queue, top.task.id)).toMatchObject(expected);
    await endNext(queue, "done");
    expect(await findOne(queue, top.task.id)).toMatchObject({ status: "done", error: null, children: { done: 1 } });
  });

  test("a parent that was done anyway waits again when it is the one that is asked", async () => {
    const queue = await open();
    const book = await queue.backend.addTree(family(narrations(2), bookTask({ onChildFailure: "ignore" }), "run"));
    await endNext(queue, "failed", "done");
    await settleOne(queue, await claimOne(queue), done);
    await retry(queue, book.task.id);
    expect(await findOne(queue, book.task.id)).toMatchObject({ ...reopened, children: { done: 1, failed: 0 } });
    await endNext(queue, "done");
    expect(await claimOne(queue)).toMatchObject({ id: book.task.id, continuation: true, children: { done: 2 } });
  });

  test("whose own part was not done begins anew: it failed by itself, or was cancelled in it", async () => {
    const queue = await open();
    const begun = async (as: "failed" | "cancelled") => {
      await addOne(queue, bookTask({ priority: -1 }));
      const parent = await claimOne(queue);
      await queue.runner.add(narrations(1), fenceOf(parent));
      await endNext(queue, "failed");
      await end(queue, parent, as);
      return parent.id;
    };
    for (const as of ["failed", "cancelled"] as const) {
      const id = await begun(as);
      await retry(queue, id);
      expect(await findOne(queue, id)).toMatchObject({ status: "pending", attempts: 0, cancelRequestedAt: null });
      await endNext(queue, "done", "done");
    }
  });

  test("a continuation that failed comes again after those of its children that failed", async () => {
    const queue = await open();
    await addOne(queue, bookTask({ onChildFailure: "ignore" }));
    const parent = await claimOne(queue);
    await queue.runner.add(narrations(2), fenceOf(parent));
    await settleOne(queue, parent, waitThenRun);
    await endNext(queue, "failed", "done");
    await settleOne(queue, await claimOne(queue), failure(true));
    await retry(queue, parent.id);
    expect(await findOne(queue, parent.id)).toMatchObject(reopened);
    await endNext(queue, "done");
    expect(await claimOne(queue)).toMatchObject({
      id: parent.id,
      continuation: true,
      attempts: 1,
      children: { done: 2 },
    });
  });

  test("a child of an earlier attempt that is tried again counts from then on", async () => {
    const queue = await open();
    await addOne(queue, bookTask({ priority: -1 }));
    const first = await claimOne(queue);
    await queue.runner.add(narrations(1), fenceOf(first));
    const child = await claimOne(queue);
    await end(queue, child, "failed");
    await settleOne(queue, first, { type: "later", runAt: Date.now(), reason: "busy" });
    const second = await claimOne(queue);
    await actOnIds(queue, { type: "redrive" }, child.id);
    expect((await findOne(queue, first.id)).children).toEqual({ total: 1, done: 0, failed: 0, cancelled: 0 });
    await settleOne(queue, second, { type: "wait" });
    await endNext(queue, "failed");
    expect(await findOne(queue, first.id)).toMatchObject({ status: "failed", children: { total: 1, failed: 1 } });
  });

  test("passed over where nothing is to be tried again", async () => {
    const queue = await open();
    const book = await queue.backend.addTree(family(narrations(2)));
    expect(await retry(queue, book.task.id)).toMatchObject({ matched: 1, changed: 0 });
    await endNext(queue, "done", "cancelled");
    expect(await retry(queue, book.task.id)).toMatchObject({ matched: 1, changed: 0, tasks: [] });
    expect((await findOne(queue, book.task.id)).status).toBe("cancelled");
    const without = await addOne(queue, narration(9));
    await queue.backend.cancel([without.id]);
    expect(await retry(queue, without.id, true)).toMatchObject({ matched: 0, changed: 0 });
  });

  test("a preview counts and changes nothing", async () => {
    const queue = await open();
    const book = await queue.backend.addTree(family(narrations(1)));
    await endNext(queue, "failed");
    const { admin } = queue.backendPorts;
    const filter = { status: ["failed" as const] };
    expect(await admin.act({ type: "retry_children" }, { filter }, { preview: true })).toMatchObject({
      matched: 1,
      changed: 0,
    });
    expect((await findOne(queue, book.task.id)).status).toBe("failed");
    expect(await admin.act({ type: "retry_children" }, { filter })).toMatchObject({ matched: 1, changed: 1 });
  });

  test("what has its key taken by a live task is passed over, with all below it", async () => {
    const queue = await open();
    const keyed = (key: string) => ({ key, keyMode: "keep_first" }) as const;
    const tree = family([
      narration(1, keyed("n1")),
      narration(2, keyed("n2")),
      family([narration(3)], { ...chapter, ...keyed("c") }),
    ]);
    const book = await queue.backend.addTree(tree);
    await endNext(queue, "failed", "failed", "failed");
    await queue.backend.add([narration(1, keyed("n1")), { ...chapter, ...keyed("c") }]);
    expect(await retry(queue, book.task.id)).toMatchObject({ changed: 1 });
    expect(await statusesOf(queue, ...book.children, childAt(childAt(book, 2), 0))).toEqual([
      "failed",
      "pending",
      "failed",
      "failed",
    ]);
    expect((await findOne(queue, book.task.id)).children).toEqual({ total: 3, done: 0, failed: 2, cancelled: 0 });
  });

  test("of thousands, those that are passed over do not hide the others", async () => {
    const queue = await open();
    const [taken, free] = [1100, 1200];
    const keyed = narrations(taken).map((task, index) => ({
      ...task,
      key: `n${index}`,
      keyMode: "keep_first" as const,
    }));
    const book = await queue.backend.addTree(family([...keyed, ...narrations(free), family(narrations(1), chapter)]));
    for (let left = taken + free + 1; left > 0;) {
      const some = await claim(queue, 1000);
      await queue.runner.settle(some.map((task) => ({ ...fenceOf(task), outcome: failure(true) })));
      left -= some.length;
    }
    for (let at = 0; at < taken; at += 1000) await queue.backend.add(keyed.slice(at, at + 1000));
    expect(await retry(queue, book.task.id)).toMatchObject({ changed: 1 });
    expect((await findOne(queue, book.task.id)).children).toMatchObject({ total: taken + free + 1, failed: taken });
    expect(await statusesOf(queue, book, ...book.children.slice(-2), childAt(childAt(book, taken + free), 0))).toEqual([
      "waiting",
      "pending",
      "waiting",
      "pending",
    ]);
  });

  test("of two with one key the first is tried again", async () => {
    const queue = await open();
    const keyed = { key: "n", keyMode: "keep_first" } as const;
    const first = await queue.backend.addTree(family([narration(1, keyed), narration(2)]));
    await endNext(queue, "cancelled", "done");
    await addOne(queue);
    const parent = await claimOne(queue);
    await queue.runner.add([narration(3, keyed), narration(4)], fenceOf(parent));
    await settleOne(queue, parent, { type: "wait" });
    await endNext(queue, "cancelled", "done");
    const action = { type: "retry_children", cancelled: true } as const;
    expect(await actOnIds(queue, action, first.task.id, parent.id)).toMatchObject({ matched: 2, changed: 1 });
    expect((await findOne(queue, parent.id)).status).toBe("cancelled");
  });

  test("redriven, a tree has what failed and what was cancelled tried again, and its own handler comes after", async () => {
    const queue = await open();
    const book = await queue.backend.addTree(family(narrations(3), bookTask(), "run"));
    await endNext(queue, "done", "failed", "cancelled");
    expect(await actOnIds(queue, { type: "redrive" }, book.task.id)).toMatchObject({ matched: 1, changed: 1 });
    expect(await statusesOf(queue, book, ...book.children)).toEqual(["waiting", "done", "pending", "pending"]);
    await endNext(queue, "done", "done");
    expect((await claim(queue)).map(({ id, continuation }) => [id, continuation])).toEqual([[book.task.id, true]]);
  });

  test("redriven, a tree whose children were all tried again one by one goes on, and those above with it", async () => {
    const queue = await open();
    const book = family(narrations(2), bookTask(), "run");
    const top = await queue.backend.addTree(family([book], taskOf("scrape.catalogue")));
    const middle = childAt(top, 0);
    await endNext(queue, "failed", "done");
    const leaf = childAt(middle, 0);
    const redrive = (tree: AddedTree) => actOnIds(queue, { type: "redrive" }, tree.task.id);
    expect(await redrive(leaf)).toMatchObject({ changed: 1 });
    await endNext(queue, "done");
    expect(await statusesOf(queue, top, middle, leaf)).toEqual(["failed", "failed", "done"]);
    expect(await retry(queue, middle.task.id)).toMatchObject({ changed: 0 });
    expect(await redrive(middle)).toMatchObject({ changed: 1 });
    expect(await statusesOf(queue, top, middle)).toEqual(["waiting", "pending"]);
    expect(await claimOne(queue)).toMatchObject({ id: middle.task.id, continuation: true });
  });

  test("a cancelled tree that is redriven may be cancelled anew", async () => {
    const queue = await open();
    const book = await queue.backend.addTree(family([family(narrations(2), chapter)]));
    await queue.backend.cancel([book.task.id]);
    await actOnIds(queue, { type: "redrive" }, book.task.id);
    expect(await findOne(queue, book.task.id)).toMatchObject(reopened);
    expect(await statusesOf(queue, ...book.children)).toEqual(["waiting"]);
    await queue.backend.cancel([book.task.id]);
    expect(await findOne(queue, book.task.id)).toMatchObject({ status: "cancelled", children: { cancelled: 1 } });
  });
};
