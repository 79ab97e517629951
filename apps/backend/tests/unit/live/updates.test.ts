import type { Progress, Task } from "@chapterhouse/domain";
import { createMemoryPorts } from "@chapterhouse/taskqueue";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createLiveUnderTest, type Listener } from "./live-under-test.ts";

let template: Task;
beforeEach(async () => {
  const { queue } = createMemoryPorts();
  const [added] = await queue.add([{ kind: "scrape.book", payload: { url: "https://novels.example/b" } }]);
  if (!added) throw new Error("one was added");
  template = added.task;
  vi.useFakeTimers({ now: Date.parse("2026-01-01T00:00:00Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

const parentTask = (done: number, more: Partial<Task> = {}): Task => ({
  ...template,
  id: "book",
  status: "waiting",
  children: { total: 3000, done, failed: 0, cancelled: 0 },
  ...more,
});
const progressOf = (done: number): Progress => ({
  done,
  total: 100,
  unit: "pages",
  message: "",
  rate: null,
  eta: null,
});
const updatesOf = ({ events }: Listener, id: string) =>
  events.filter((event) => event.id === null && (event.item ?? event.task) === id);

describe("counts of a parent whose children end all the time", () => {
  test("are told at most ten times a second, and the last are right", async () => {
    const { feed, tasks, join } = createLiveUnderTest();
    const listener = await join();
    for (let done = 1; done <= 300; done += 1) {
      tasks.set("book", parentTask(done));
      feed.call({ id: `c${done}`, parent: "book" });
      feed.hint();
      await vi.advanceTimersByTimeAsync(10);
    }
    await vi.advanceTimersByTimeAsync(1000);
    const updates = updatesOf(listener, "book");
    expect(updates.length).toBeGreaterThan(20);
    expect(updates.length).toBeLessThanOrEqual(31);
    expect(updates.at(-1)).toMatchObject({
      type: "task.updated",
      children: { total: 3000, done: 300 },
      overall: { fraction: 0.5 },
    });
    expect(listener.ids).toHaveLength(300);
  });

  test("are read for all parents of a tick together", async () => {
    const { feed, tasks, finds, join, told } = createLiveUnderTest();
    await join();
    for (const id of ["a", "b", "c"]) tasks.set(id, parentTask(1, { id }));
    feed.call({ id: "1", parent: "a" }, { id: "2", parent: "b" }, { id: "3", parent: "c" }, { id: "4", parent: "a" });
    await told();
    expect(finds).toEqual([["a", "b", "c"]]);
  });

  test("are not told again when nothing moved", async () => {
    const { feed, tasks, join, told } = createLiveUnderTest();
    const listener = await join();
    tasks.set("book", parentTask(1));
    feed.call({ id: "1", parent: "book", status: "running" });
    await told();
    feed.call({ id: "2", parent: "book", status: "running" });
    await told();
    expect(updatesOf(listener, "book")).toHaveLength(1);
  });

  test("are told of those above as well, and of a parent that begins to wait", async () => {
    const { feed, tasks, join, told } = createLiveUnderTest();
    const listener = await join();
    tasks.set("chapter", parentTask(1, { id: "chapter", parent: "book" }));
    tasks.set("book", parentTask(7));
    feed.call({ id: "narration", parent: "chapter" });
    feed.hint();
    await told();
    expect(updatesOf(listener, "chapter")).toMatchObject([{ type: "item.updated", task: "book", item: "chapter" }]);
    expect(updatesOf(listener, "book")).toMatchObject([{ type: "task.updated", task: "book", item: null }]);
    tasks.set("batch", parentTask(0, { id: "batch" }));
    feed.call({ id: "batch", status: "waiting", isNew: true });
    await told();
    expect(updatesOf(listener, "batch")).toMatchObject([{ children: { total: 3000 } }]);
  });

  test("are told to who comes back to a backend that has just begun", async () => {
    const { feed, tasks, join, told } = createLiveUnderTest();
    tasks.set("book", parentTask(2));
    feed.call({ id: "1", parent: "book" });
    feed.call({ id: "2", parent: "book" });
    const listener = await join({ lastEventId: "1-0" });
    await told();
    expect(listener.ids).toEqual(["2-0"]);
    expect(updatesOf(listener, "book")).toMatchObject([{ children: { done: 2 } }]);
  });

  test("and are so when they moved by the very last thing that it heard", async () => {
    const { feed, tasks, join, told } = createLiveUnderTest();
    tasks.set("book", parentTask(1));
    feed.call({ id: "0", parent: "book" }, { id: "1", parent: "book" });
    const listener = await join({ lastEventId: "1-1" });
    await told();
    expect(listener.notices).toEqual(["ready resumed 1-1"]);
    expect(listener.events).toMatchObject([{ id: null, task: "book", item: null, children: { done: 1 } }]);
  });

  test("come when the store is back", async () => {
    const failing = vi.fn<() => Promise<never>>().mockRejectedValue(new Error("away"));
    const queue = { find: failing as (ids: readonly string[]) => Promise<readonly (Task | null)[]> };
    const { feed, join, told } = createLiveUnderTest({ queue });
    const listener = await join();
    feed.call({ id: "1", parent: "book" });
    await told();
    expect([failing.mock.calls.length, updatesOf(listener, "book")]).toEqual([1, []]);
    queue.find = async () => [parentTask(1)];
    await told();
    expect(updatesOf(listener, "book")).toHaveLength(1);
  });

  test("come then for those too that were read before it went away", async () => {
    const whole = { fraction: 0.5, rate: null, eta: null };
    let isAway = true;
    const overalls = {
      of: async ({ id }: Task) => {
        if (isAway && id === "second") throw new Error("away");
        return whole;
      },
    };
    const { feed, tasks, join, told } = createLiveUnderTest({ overalls });
    const listener = await join();
    for (const id of ["first", "second"]) tasks.set(id, parentTask(1, { id }));
    feed.call({ id: "1", parent: "first" }, { id: "2", parent: "second" });
    feed.hint();
    await vi.advanceTimersByTimeAsync(200);
    isAway = false;
    await told();
    expect(["first", "second"].map((id) => updatesOf(listener, id).length)).toEqual([1, 1]);
  });
});

describe("progress", () => {
  test("of an item is told as it was reported, the newest at most ten times a second", async () => {
    const { feed, join } = createLiveUnderTest();
    const listener = await join();
    for (let done = 1; done <= 100; done += 1) {
      feed.call({ id: "chapter", parent: "book", status: "running", progress: progressOf(done) });
      feed.hint();
      await vi.advanceTimersByTimeAsync(10);
    }
    await vi.advanceTimersByTimeAsync(1000);
    const updates = updatesOf(listener, "chapter");
    expect(updates.length).toBeLessThanOrEqual(11);
    expect(updates.at(-1)).toMatchObject({ type: "item.updated", task: "book", progress: { done: 100 } });
    expect(listener.ids).toEqual([]);
  });

  test("of a task without a parent comes with how far it is", async () => {
    const { feed, tasks, join, told } = createLiveUnderTest();
    const listener = await join();
    tasks.set("book", parentTask(0, { status: "running", progress: progressOf(3) }));
    feed.call({ id: "book", status: "running", progress: progressOf(2) });
    await told();
    expect(updatesOf(listener, "book")).toMatchObject([{ progress: { done: 3 }, overall: { fraction: 0.5 } }]);
  });
});

describe("what was read before a task went on", () => {
  test("is not told after that: a report that waited its turn", async () => {
    const { feed, join, told } = createLiveUnderTest();
    const listener = await join();
    const item = { id: "chapter", parent: "book" };
    // The first is told at once, so the second has to wait while its task ends.
    feed.call({ ...item, status: "running", progress: progressOf(1) });
    feed.hint();
    await vi.advanceTimersByTimeAsync(30);
    feed.call({ ...item, status: "running", progress: progressOf(2) });
    feed.hint();
    await vi.advanceTimersByTimeAsync(30);
    feed.call({ ...item, status: "done" });
    feed.hint();
    await told();
    expect(listener.events.map(({ status }) => status)).toEqual(["running", "done"]);
  });

  test("comes with what it went on to, when that is no end", async () => {
    const { feed, tasks, join, told } = createLiveUnderTest();
    const listener = await join();
    const item = { id: "chapter", parent: "book" };
    tasks.set("chapter", { ...template, ...item, status: "pending", progress: progressOf(2) });
    feed.call({ ...item, status: "running", progress: progressOf(2) });
    feed.call({ ...item, status: "pending" });
    await told();
    expect(listener.events).toMatchObject([{ status: "pending" }, { status: "pending", progress: { done: 2 } }]);
  });

  test.each([
    ["a task that ended while it was read", ["done"]],
    ["a task that was tried again while it was read", ["pending", "running"]],
  ] as const)("is not told after that: %s", async (_what, statuses) => {
    const reading = Promise.withResolvers<void>();
    const overalls = {
      of: async () => {
        await reading.promise;
        return { fraction: 0.5, rate: null, eta: null };
      },
    };
    const { feed, tasks, join, told } = createLiveUnderTest({ overalls });
    const listener = await join();
    const progress = progressOf(3);
    tasks.set("book", parentTask(0, { status: "running", progress }));
    feed.call({ id: "book", status: "running", progress });
    feed.hint();
    await vi.advanceTimersByTimeAsync(50);
    const last = statuses.at(-1) ?? "done";
    tasks.set("book", parentTask(0, { status: last, progress }));
    feed.call(...statuses.map((status) => ({ id: "book", status })));
    feed.hint();
    await vi.advanceTimersByTimeAsync(50);
    reading.resolve();
    await told();
    expect(listener.events).toMatchObject([
      ...statuses.map((status) => ({ status, progress: null })),
      { id: null, status: last, progress },
    ]);
  });
});
