import type { Outcome, TaskStatus } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import type { ChangeFeed, TaskChange } from "../../src/index.ts";
import {
  actOnIds,
  addOne,
  bookTask,
  card,
  claimBy,
  claimOne,
  done,
  failure,
  fenceOf,
  HOUR_MS,
  LEASE_MS,
  narration,
  type Open,
  settleOne,
  waitingParent,
} from "./queue-under-test.ts";

/** Where the log stands. */
const standOf = async (feed: ChangeFeed): Promise<number> => (await feed.read(null, 1)).last;

const readAll = async (feed: ChangeFeed, after: number, limit = 1000): Promise<TaskChange[]> => {
  const read: TaskChange[] = [];
  for (let last = after, more = true; more;) {
    const answer = await feed.read(last, limit);
    expect(answer.isGap).toBe(false);
    read.push(...answer.changes);
    ({ last, more } = answer);
  }
  return read;
};

const statusesOf = (changes: readonly TaskChange[], id: string): TaskStatus[] =>
  changes.filter((change) => change.id === id && !change.progress).map(({ status }) => status);

/** The same numbers for the same seed, in [0, 1). */
const randomFrom = (seed: number) => {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
};

const again: Outcome = { type: "later", runAt: 0, reason: "not now" };

export const feedSuite = (open: Open): void => {
  test("every change of a status is there once and in order, while four claimers work at random", async () => {
    const queue = await open();
    const { feed } = queue.backendPorts;
    const from = await standOf(feed);
    const told = new Map<string, TaskStatus[]>();
    const tell = (id: string, status: TaskStatus) => told.set(id, [...(told.get(id) ?? []), status]);
    const added = await queue.backend.add(Array.from({ length: 120 }, (_, index) => narration(index + 1)));
    for (const { task } of added) tell(task.id, "pending");
    const work = async (name: number): Promise<void> => {
      const random = randomFrom(name);
      for (;;) {
        const tasks = await claimBy(queue, { runner: `runner-${name}`, limit: 1 + Math.floor(random() * 9) });
        if (tasks.length === 0) return;
        for (const { id } of tasks) tell(id, "running");
        const settlements = tasks.map((task) => ({
          ...fenceOf(task),
          outcome: random() < 0.3 ? again : random() < 0.3 ? failure(true) : done,
        }));
        // Another may claim what is put back before this call has its answer: told in the order of the commits.
        for (const { taskId, outcome } of settlements) {
          tell(taskId, outcome.type === "later" ? "pending" : outcome.type === "done" ? "done" : "failed");
        }
        await queue.runner.settle(settlements);
      }
    };
    await Promise.all([1, 2, 3, 4].map(work));
    const changes = await readAll(feed, from);
    const read = new Map([...told.keys()].map((id) => [id, statusesOf(changes, id)]));
    expect(read).toEqual(told);
    const places = changes.map(
      ({ seq, index }) => `${String(seq).padStart(16, "0")}-${String(index).padStart(6, "0")}`,
    );
    expect(places).toEqual([...new Set(places)].toSorted());
    expect(changes.filter(({ isNew }) => isNew).map(({ id }) => id)).toEqual(added.map(({ task }) => task.id));
  });

  test("a reader of small pages sees what a reader of all sees", async () => {
    const queue = await open();
    const { feed } = queue.backendPorts;
    const from = await standOf(feed);
    await queue.backend.add([1, 2, 3, 4, 5].map((chapter) => narration(chapter)));
    for (const task of await claimBy(queue, { limit: 4 })) await settleOne(queue, task, done);
    const all = await readAll(feed, from);
    expect(all).toHaveLength(5 + 4 + 4);
    for (const limit of [1, 2, 3, 7]) expect(await readAll(feed, from, limit)).toEqual(all);
    expect(await readAll(feed, await standOf(feed))).toEqual([]);
  });

  test("a change says whose child of which kind it is; children that are added as pending are left out", async () => {
    const queue = await open();
    const { feed } = queue.backendPorts;
    const from = await standOf(feed);
    const { parent, children } = await waitingParent(queue, 2);
    for (const child of children) await settleOne(queue, child, done);
    const changes = await readAll(feed, from);
    expect(statusesOf(changes, parent.id)).toEqual(["pending", "running", "waiting", "done"]);
    expect(changes.at(-1)).toMatchObject({ id: parent.id, kind: "scrape.book", parent: null, isNew: false });
    for (const { id } of children) {
      expect(statusesOf(changes, id)).toEqual(["running", "done"]);
      expect(changes.find((change) => change.id === id)).toMatchObject({
        kind: "narrate.chapter",
        parent: parent.id,
        isNew: false,
        progress: null,
      });
    }
  });

  test("of a tree its parents come to be as waiting, each once; those that are over at once end at once", async () => {
    const queue = await open();
    const { feed } = queue.backendPorts;
    const from = await standOf(feed);
    const leaf = await queue.backend.addTree(narration(1));
    const tree = await queue.backend.addTree({
      ...bookTask(),
      children: [{ ...narration(2), children: [narration(3)] }, narration(4), { ...narration(5), children: [] }],
    });
    const [parent, pending, empty] = tree.children.map(({ task }) => task.id);
    const changes = await readAll(feed, from);
    expect(changes.filter(({ isNew }) => isNew).map(({ id, status }) => [id, status])).toEqual([
      [leaf.task.id, "pending"],
      [tree.task.id, "waiting"],
      [parent, "waiting"],
      [empty, "waiting"],
    ]);
    expect(changes.filter(({ isNew }) => !isNew)).toMatchObject([{ id: empty, parent: tree.task.id, status: "done" }]);
    expect(statusesOf(changes, pending ?? "")).toEqual([]);
  });

  test("a report brings the progress of a running task", async () => {
    const queue = await open();
    const { feed } = queue.backendPorts;
    await addOne(queue);
    const task = await claimOne(queue);
    const from = await standOf(feed);
    await queue.runner.heartbeat(card("runner-a"), LEASE_MS, [
      { ...fenceOf(task), progress: { done: 1, total: 4, unit: "pages" } },
    ]);
    const [report, ...others] = await readAll(feed, from);
    expect(others).toEqual([]);
    const progress = { done: 1, total: 4, unit: "pages", message: "", rate: null, eta: null };
    expect(report).toMatchObject({ id: task.id, status: "running", isNew: false, progress });
    await queue.runner.heartbeat(card("runner-a"), LEASE_MS, [fenceOf(task)]);
    expect(await readAll(feed, from)).toHaveLength(1);
  });

  test("what an operator, a cancellation and the reaper do is there too", async () => {
    const queue = await open();
    const { feed } = queue.backendPorts;
    const from = await standOf(feed);
    const [a, b, c] = [await addOne(queue), await addOne(queue), await addOne(queue)];
    await actOnIds(queue, { type: "hold" }, a.id);
    await actOnIds(queue, { type: "resume" }, a.id);
    await queue.backend.cancel([b.id]);
    await actOnIds(queue, { type: "redrive" }, b.id);
    await actOnIds(queue, { type: "complete" }, c.id);
    await claimBy(queue, { limit: 1, leaseMs: 0 });
    await queue.backend.reap(0);
    const changes = await readAll(feed, from);
    expect(statusesOf(changes, a.id)).toEqual(["pending", "paused", "pending", "running", "pending"]);
    expect(statusesOf(changes, b.id)).toEqual(["pending", "cancelled", "pending"]);
    expect(statusesOf(changes, c.id)).toEqual(["pending", "done"]);
  });

  test("nothing is said of removed tasks, nor is theirs said of those that come after them", async () => {
    const queue = await open();
    const { feed } = queue.backendPorts;
    const kept = await addOne(queue);
    const from = await standOf(feed);
    const gone = [await addOne(queue), await addOne(queue)].map(({ id }) => id);
    await actOnIds(queue, { type: "hold" }, ...gone);
    await actOnIds(queue, { type: "remove" }, ...gone);
    const next = await addOne(queue);
    await actOnIds(queue, { type: "hold" }, kept.id);
    const changes = await readAll(feed, from);
    expect(changes.map(({ id, status, isNew }) => [id, status, isNew])).toEqual([
      [next.id, "pending", true],
      [kept.id, "paused", false],
    ]);
  });

  test("who asks for what the log never had is told of a gap, and goes on from where it stands", async () => {
    const queue = await open();
    const { feed } = queue.backendPorts;
    const first = await addOne(queue);
    const stand = await standOf(feed);
    const gap = { changes: [], last: stand, isGap: true, more: false };
    expect(await feed.read(stand + HOUR_MS, 10)).toEqual(gap);
    await actOnIds(queue, { type: "hold" }, first.id);
    expect(await readAll(feed, stand)).toMatchObject([{ id: first.id, status: "paused" }]);
  });

  test("whoever follows is woken by a change", async () => {
    const queue = await open();
    const { feed } = queue.backendPorts;
    const stand = await standOf(feed);
    let hint = Promise.withResolvers<void>();
    const end = await feed.subscribe(() => hint.resolve());
    const task = await addOne(queue);
    let changes: TaskChange[] = [];
    while (changes.length === 0) {
      await hint.promise;
      hint = Promise.withResolvers();
      changes = await readAll(feed, stand);
    }
    expect(changes).toMatchObject([{ id: task.id, status: "pending" }]);
    await end();
  });
};
