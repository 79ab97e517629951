import type { Task } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import type { TaskFilter } from "../../src/index.ts";
import {
  addOne,
  bookTask,
  claim,
  claimOne,
  done,
  failure,
  fenceOf,
  narration,
  type Open,
  type QueueUnderTest,
  settleOne,
} from "./queue-under-test.ts";

const everyPage = async (queue: QueueUnderTest, filter: Omit<TaskFilter, "limit" | "cursor">): Promise<Task[]> => {
  const found: Task[] = [];
  let cursor: string | undefined;
  do {
    const page = await queue.backend.list({ ...filter, limit: 3, ...(cursor !== undefined && { cursor }) });
    expect(page.items.length).toBeLessThanOrEqual(3);
    found.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return found;
};

/** Ten narrations and a book with four children, in various states. */
const variety = async (queue: QueueUnderTest) => {
  await addOne(queue);
  const parent = await claimOne(queue);
  await queue.runner.add(
    [101, 102, 103, 104].map((chapter) => narration(chapter, { priority: 50 })),
    fenceOf(parent),
  );
  await queue.backend.add(Array.from({ length: 10 }, (_, index) => narration(index + 1)));
  for (const [index, task] of (await claim(queue, 6)).entries()) {
    if (index < 2) await settleOne(queue, task, done);
    else if (index < 4) await settleOne(queue, task, failure(true));
  }
  return parent;
};

export const readingSuite = (open: Open): void => {
  test("nothing found is null, an empty list or no counts, never an error", async () => {
    const { backend } = await open();
    expect(await backend.find(["nosuchtask12345"])).toEqual([null]);
    expect(await backend.find([])).toEqual([]);
    expect(await backend.findByKey("none")).toBeNull();
    expect(await backend.list({ limit: 5 })).toEqual({ items: [], nextCursor: null });
    expect(await backend.list({ limit: 5, kinds: ["none"], parent: "none" })).toEqual({ items: [], nextCursor: null });
    expect(await backend.listLanes(5)).toEqual([]);
    expect(await backend.listRunners()).toEqual([]);
    expect(await backend.counts()).toEqual({});
  });

  test("find answers in the order of the ids", async () => {
    const queue = await open();
    const [a, b] = [await addOne(queue), await addOne(queue)];
    const found = await queue.backend.find([b.id, "nosuchtask12345", a.id, b.id]);
    expect(found.map((task) => task?.id ?? null)).toEqual([b.id, null, a.id, b.id]);
  });

  test("every filter gives exactly its tasks, newest first, over all pages", async () => {
    const queue = await open();
    const parent = await variety(queue);
    const all = await everyPage(queue, {});
    expect(all).toHaveLength(15);
    expect(all.at(-1)?.id).toBe(parent.id);
    const filters: Omit<TaskFilter, "limit">[] = [
      { status: ["done"] },
      { status: ["pending", "running", "failed"] },
      { kinds: ["narrate.chapter"] },
      { kinds: ["narrate.chapter", "scrape.book"], status: ["running"] },
      { parent: null },
      { parent: null, status: ["pending"] },
      { parent: parent.id },
      { parent: parent.id, status: ["pending"], kinds: ["narrate.chapter"] },
      { status: ["waiting"] },
    ];
    for (const filter of filters) {
      const wanted = all.filter(
        (task) =>
          (!filter.status || filter.status.includes(task.status)) &&
          (!filter.kinds || filter.kinds.includes(task.kind)) &&
          (filter.parent === undefined || task.parent === filter.parent),
      );
      expect(await everyPage(queue, filter)).toEqual(wanted);
    }
  });

  test("by who asked: roots alone, with every other filter, over all pages", async () => {
    const queue = await open();
    const [anna, key] = ["person:anna", "key:phone"];
    await queue.backend.add([1, 2, 3, 4].map((chapter) => narration(chapter, { createdBy: anna })));
    await queue.backend.add([bookTask({ createdBy: anna }), bookTask({ createdBy: key }), narration(5)]);
    const claimed = await claim(queue);
    const parent = claimed.find(({ kind, createdBy }) => kind === "scrape.book" && createdBy === anna);
    if (!parent) throw new Error("the book was not claimed");
    await queue.runner.add([narration(6, { createdBy: anna })], fenceOf(parent));
    await settleOne(queue, parent, { type: "wait" });
    for (const task of claimed) if (task.payload["chapter"] === 2) await settleOne(queue, task, done);
    const roots = (await everyPage(queue, {})).filter((task) => task.parent === null);
    const filters: Omit<TaskFilter, "limit" | "createdBy">[] = [
      {},
      { parent: null },
      { kinds: ["narrate.chapter"] },
      { status: ["done"] },
      { status: ["running", "waiting"] },
      { status: ["running"], kinds: ["scrape.book"] },
    ];
    for (const filter of filters) {
      for (const createdBy of [[anna], [key], [anna, key], ["person:bob"]]) {
        const wanted = roots.filter(
          (task) =>
            createdBy.includes(task.createdBy ?? "") &&
            (!filter.status || filter.status.includes(task.status)) &&
            (!filter.kinds || filter.kinds.includes(task.kind)),
        );
        expect(await everyPage(queue, { ...filter, createdBy })).toEqual(wanted);
        const byStart = await everyPage(queue, { ...filter, createdBy, order: "started" });
        expect(byStart.map(({ id }) => id).toSorted()).toEqual(wanted.map(({ id }) => id).toSorted());
      }
    }
    expect(await everyPage(queue, { createdBy: [anna], parent: parent.id })).toEqual([]);
  });

  test("pages do not shift when tasks are added in between", async () => {
    const queue = await open();
    await queue.backend.add([1, 2, 3, 4].map((chapter) => narration(chapter)));
    const first = await queue.backend.list({ limit: 2 });
    await queue.backend.add([narration(5)]);
    const second = await queue.backend.list({ limit: 2, cursor: first.nextCursor ?? "" });
    expect([...first.items, ...second.items].map((task) => task.payload["chapter"])).toEqual([4, 3, 2, 1]);
    expect(second.nextCursor).toBeNull();
  });

  test("by start: the last started first, what never started at the end", async () => {
    const queue = await open();
    await queue.backend.add([narration(1, { priority: 9 }), narration(2), narration(3)]);
    await claimOne(queue);
    // Starts are told apart by the millisecond.
    const started = Date.now();
    while (Date.now() === started);
    await claimOne(queue);
    const listed = await everyPage(queue, { order: "started", kinds: ["narrate.chapter"] });
    expect(listed.map((task) => task.payload["chapter"])).toEqual([3, 2, 1]);
  });

  test("counts are exact through every kind of change", async () => {
    const queue = await open();
    await variety(queue);
    await queue.backend.cancel([(await addOne(queue, bookTask({ key: "gone" }))).id]);
    const all = await everyPage(queue, {});
    const counts = await queue.backend.counts();
    for (const kind of ["scrape.book", "narrate.chapter"]) {
      for (const [status, n] of Object.entries(counts[kind] ?? {})) {
        expect([kind, status, n]).toEqual([
          kind,
          status,
          all.filter((task) => task.kind === kind && task.status === status).length,
        ]);
      }
    }
    expect(Object.keys(counts).toSorted()).toEqual(["narrate.chapter", "scrape.book"]);
  });
};
