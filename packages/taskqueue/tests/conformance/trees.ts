import { ChapterhouseError } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import { type AddedTree, MOST_IN_TREE, MOST_STOREYS, type NewTree } from "../../src/index.ts";
import {
  addOne,
  bookTask,
  childAt,
  claim,
  claimOne,
  done,
  endNext,
  family,
  findOne,
  narration,
  narrations,
  type Open,
  type QueueUnderTest,
  settleOne,
  taskOf,
} from "./queue-under-test.ts";

const chapter = (payload: Record<string, unknown> = {}) => taskOf("scrape.chapter", { payload });
const catalogue = taskOf("scrape.catalogue");

const storeys = (count: number): NewTree => (count === 1 ? chapter() : family([storeys(count - 1)]));

/** Its task's counts as the store has them, storey by storey. */
const countsOf = async (queue: QueueUnderTest, ...trees: readonly AddedTree[]) =>
  (await queue.backend.find(trees.map(({ task }) => task.id))).map((task) => {
    const { total, done, failed, cancelled } = task?.children ?? {};
    return [task?.status, total, done, failed, cancelled];
  });

export const treesSuite = (open: Open): void => {
  test("a tree is added as one: the answer has its shape, parents wait, and only leaves are claimed, in their order", async () => {
    const queue = await open();
    const tree = family([narration(1), family([narration(2), narration(3)], chapter()), narration(4)]);
    const added = await queue.backend.addTree(tree);
    expect(added).toMatchObject({
      created: true,
      task: { kind: "scrape.book", status: "waiting", attempts: 0, lease: 0, children: { total: 3, done: 0 } },
    });
    const middle = childAt(added, 1);
    expect(middle.task).toMatchObject({ status: "waiting", parent: added.task.id, children: { total: 2 } });
    expect(middle.children.map(({ task }) => task.parent)).toEqual([middle.task.id, middle.task.id]);
    const chapters = [...added.children, ...middle.children].map(
      ({ task }) => (task.payload as { chapter?: number }).chapter,
    );
    expect(chapters).toEqual([1, undefined, 4, 2, 3]);
    const inOrder = await queue.backend.children(added.task.id, { limit: 10 });
    expect(inOrder.map(({ task }) => task.id)).toEqual(added.children.map(({ task }) => task.id));
    expect((await claim(queue)).map(({ kind, status }) => [kind, status])).toEqual(
      Array.from({ length: 4 }, () => ["narrate.chapter", "running"]),
    );
  });

  test("four storeys: catalogue, books, chapters, narrations; each end counts where it happened, and travels up when it is the last", async () => {
    const queue = await open();
    const book = () => family([family(narrations(1), chapter()), family(narrations(1), chapter())]);
    const top = await queue.backend.addTree(family([book(), book()], catalogue));
    const first = childAt(top, 0);
    const storeys = [top, first, childAt(first, 0), childAt(first, 1)] as const;
    const start = ["waiting", 1, 0, 0, 0];
    expect(await countsOf(queue, ...storeys)).toEqual([["waiting", 2, 0, 0, 0], ["waiting", 2, 0, 0, 0], start, start]);

    await endNext(queue, "done");
    expect(await countsOf(queue, ...storeys)).toEqual([
      ["waiting", 2, 0, 0, 0],
      ["waiting", 2, 1, 0, 0],
      ["done", 1, 1, 0, 0],
      start,
    ]);
    await endNext(queue, "failed");
    expect(await countsOf(queue, ...storeys)).toEqual([
      ["waiting", 2, 0, 1, 0],
      ["failed", 2, 1, 1, 0],
      ["done", 1, 1, 0, 0],
      ["failed", 1, 0, 1, 0],
    ]);
    await endNext(queue, "done", "done");
    expect(await countsOf(queue, top, childAt(top, 1))).toEqual([
      ["failed", 2, 1, 1, 0],
      ["done", 2, 2, 0, 0],
    ]);
    expect((await findOne(queue, top.task.id)).error?.details).toEqual({ total: 2, done: 1, failed: 1, cancelled: 0 });
  });

  test("a hundred storeys are one's children all the way, and end from the lowest up", async () => {
    const queue = await open();
    const top = await queue.backend.addTree(storeys(MOST_STOREYS));
    await endNext(queue, "failed");
    expect((await findOne(queue, top.task.id)).status).toBe("failed");
    expect((await queue.backend.counts())["scrape.book"]).toMatchObject({ failed: MOST_STOREYS - 1, waiting: 0 });
  });

  test("3,000 children in one call stand in their order", async () => {
    const queue = await open();
    const added = await queue.backend.addTree(family(narrations(3000)));
    expect((await findOne(queue, added.task.id)).children.total).toBe(3000);
    const numbers = (tasks: readonly { readonly payload: unknown }[]) =>
      tasks.map(({ payload }) => (payload as { chapter: number }).chapter);
    const page = await queue.backend.children(added.task.id, { from: 2990, limit: 20 });
    expect(page.map(({ index }) => index)).toEqual(Array.from({ length: 10 }, (_, index) => 2990 + index));
    expect(numbers(page.map(({ task }) => task))).toEqual(page.map(({ index }) => index + 1));
    expect(numbers(await claim(queue, 5))).toEqual([1, 2, 3, 4, 5]);
    expect((await queue.backend.counts())["narrate.chapter"]).toMatchObject({ pending: 2995, running: 5 });
  });

  test("with no children it is over at once, at any depth, or its handler is called", async () => {
    const queue = await open();
    expect((await queue.backend.addTree(family([]))).task).toMatchObject({ status: "done", children: { total: 0 } });
    const nested = await queue.backend.addTree(family([family([], chapter())]));
    expect([nested.task.status, childAt(nested, 0).task.status]).toEqual(["done", "done"]);
    const goesOn = await queue.backend.addTree(family([], bookTask(), "run"));
    expect(goesOn.task).toMatchObject({ status: "pending", attempts: 0, continuation: true });
    const task = await claimOne(queue);
    expect(task).toMatchObject({ id: goesOn.task.id, attempts: 1, lease: 1, continuation: true });
    expect(await settleOne(queue, task, done)).toBe("done");
  });

  test("without a list of children it is a task like any other", async () => {
    const queue = await open();
    expect(await queue.backend.addTree(bookTask())).toMatchObject({ task: { status: "pending" }, children: [] });
  });

  test("while a live task has the root's key, that one is answered, and nothing is added, nor refused", async () => {
    const queue = await open();
    const keyed = bookTask({ key: "book:1", keyMode: "keep_first" });
    const first = await queue.backend.addTree(family(narrations(2), keyed));
    await queue.runnerPorts.definitions.define([{ kind: "resting", title: "resting", defaults: { payload: {} } }]);
    await queue.backendPorts.definitions.setDefinitionStatus("resting", "disabled");
    const again = await queue.backend.addTree(family([...narrations(5), taskOf("resting")], keyed));
    expect(again).toMatchObject({ created: false, task: { id: first.task.id }, children: [] });
    expect((await queue.backend.list({ limit: 10 })).items).toHaveLength(3);
  });

  test("a parent within, or a leaf, whose key is taken stays where it is, and nothing is added below it", async () => {
    const queue = await open();
    const keyed = { key: "chapter:1", keyMode: "keep_first" } as const;
    const other = await queue.backend.addTree(family([family(narrations(1), { ...chapter(), ...keyed })]));
    const there = childAt(other, 0);
    await addOne(queue, narration(7, { key: "n:7" }));
    const added = await queue.backend.addTree(
      family([
        narration(9),
        family(narrations(3), { ...chapter(), ...keyed }),
        narration(7, { key: "n:7", keyMode: "keep_first" }),
      ]),
    );
    expect(added.task.children.total).toBe(1);
    expect(added.children.slice(1)).toMatchObject([
      { created: false, task: { id: there.task.id, parent: other.task.id }, children: [] },
      { created: false, task: { parent: null }, children: [] },
    ]);
    expect((await findOne(queue, there.task.id)).children.total).toBe(1);
  });

  test.each<[string, NewTree, string]>([
    ["a leaf is not valid", family([narration(1), taskOf("")]), "KIND_INVALID"],
    [
      "a leaf's attempts are not valid",
      family([family([narration(1, { maxAttempts: 0 })], chapter())]),
      "MAX_ATTEMPTS_INVALID",
    ],
    ["a leaf's kind is disabled", family([narration(1), family([taskOf("resting")], chapter())]), "KIND_DISABLED"],
    ["a parent's key would overwrite", family(narrations(1), bookTask({ key: "b" })), "KEY_MODE_INVALID"],
    [
      "a parent's key stands twice",
      family([narration(1, { key: "b" })], bookTask({ key: "b", keyMode: "keep_first" })),
      "BAD_REQUEST",
    ],
    ["there are too many", family(narrations(MOST_IN_TREE)), "BAD_REQUEST"],
    ["they are too deep", storeys(MOST_STOREYS + 1), "BAD_REQUEST"],
  ])("refused as a whole: %s", async (_, tree, code) => {
    const queue = await open();
    await queue.runnerPorts.definitions.define([{ kind: "resting", title: "resting", defaults: { payload: {} } }]);
    await queue.backendPorts.definitions.setDefinitionStatus("resting", "disabled");
    const refusal = await queue.backend.addTree(tree).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ChapterhouseError);
    expect(refusal).toMatchObject({ code });
    expect((await queue.backend.list({ limit: 1 })).items).toEqual([]);
  });

  test("a tree's tasks take turns with others as one group", async () => {
    const queue = await open();
    await queue.backend.addTree(family(narrations(3)));
    await addOne(queue, chapter());
    expect((await claim(queue, 2)).map(({ kind }) => kind)).toEqual(["narrate.chapter", "scrape.chapter"]);
  });

  test("who asked for it is kept, and found by it, for the root alone", async () => {
    const queue = await open();
    const by = (createdBy: string) => ({ createdBy });
    const { task } = await queue.backend.addTree(family([narration(1, by("person:a"))], bookTask(by("person:a"))));
    await addOne(queue, bookTask(by("key:b")));
    await addOne(queue);
    const askedBy = async (...createdBy: string[]) =>
      (await queue.backend.list({ limit: 10, createdBy })).items.map((one) => one.createdBy);
    expect(task.createdBy).toBe("person:a");
    expect(await askedBy("person:a")).toEqual(["person:a"]);
    expect(await askedBy("person:a", "key:b")).toEqual(["key:b", "person:a"]);
    expect(await askedBy("person:c")).toEqual([]);
  });
};
