import type { Task } from "@chapterhouse/domain";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { NewTask, TaskAction, TaskMatch } from "../../src/index.ts";
import { auditStore } from "./model/audit-store.ts";
import {
  addOne,
  bookTask,
  card,
  claim,
  claimBy,
  claimOne,
  done,
  failure,
  fenceOf,
  HOUR_MS,
  LEASE_MS,
  narration,
  type QueueUnderTest,
  settleOne,
  statusOf,
  taskOf,
  waitingParent,
} from "./queue-under-test.ts";
import { storeUnderTest } from "./store-under-test.ts";

// The operator's port beyond its suite: how it does over PocketBase's tables. After each test every number that is kept
// (counts, backlog, lanes, children) is what counting gives.

const { open, store } = storeUnderTest();
const adminOf = (queue: QueueUnderTest) => queue.backendPorts.admin;
const onStore = <T>(read: (database: DatabaseSync) => T): T => {
  const database = new DatabaseSync(join(store().folder, "pb_data", "data.db"), { readOnly: true });
  try {
    return read(database);
  } finally {
    database.close();
  }
};

afterEach(() => {
  const wrong = auditStore(store().folder);
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
});

const many = (count: number, options: Partial<Omit<NewTask, "kind">> = {}): NewTask[] =>
  Array.from({ length: count }, (_, index) => narration(index + 1, options));

/** A parent that is done, and its children, all done. */
const doneTree = async (queue: QueueUnderTest, children: number): Promise<Task> => {
  const parent = await addOne(queue, taskOf("scrape.catalogue"));
  const [claimed] = await claimBy(queue, { kinds: ["scrape.catalogue"] });
  if (!claimed) throw new Error("nothing was claimable");
  for (let left = children; left > 0; left -= 1000) {
    await queue.runner.add(many(Math.min(left, 1000)), fenceOf(claimed));
  }
  await settleOne(queue, claimed, { type: "wait" });
  const live = { kinds: ["narrate.chapter"], status: ["pending"] } as const;
  for (let left = children; left > 0; left -= 1000) {
    await adminOf(queue).act({ type: "complete" }, { filter: live });
  }
  expect(await statusOf(queue, parent.id)).toBe("done");
  return parent;
};

const countAll = async (queue: QueueUnderTest): Promise<number> =>
  Object.values(await queue.backend.counts())
    .flatMap((byStatus) => Object.values(byStatus))
    .reduce((sum, n) => sum + n, 0);

describe("which tasks a filter means", () => {
  const EVERY: readonly (readonly [string, NewTask])[] = [
    ["book", bookTask({ lane: "a" })],
    ["later", narration(1, { lane: "a", runAt: Date.now() + HOUR_MS, group: "g" })],
    ["held", narration(2, { lane: "a" })],
    ["other", narration(3, { lane: "b" })],
    ["failed", narration(4, { lane: "b", priority: -1 })],
  ];
  type Name = "book" | "later" | "held" | "other" | "failed" | "running" | "child";

  const fill = async (queue: QueueUnderTest): Promise<Map<string, Name>> => {
    const added = await queue.backend.add(EVERY.map(([, task]) => task));
    const names = new Map(added.map(({ task }, index) => [task.id, EVERY[index]?.[0] as Name]));
    const idOf = (name: Name) => [...names].find(([, found]) => found === name)?.[0] ?? "";
    const [failed] = await claimBy(queue, { kinds: ["narrate.chapter"], limit: 1 });
    if (!failed) throw new Error("nothing was claimable");
    expect(names.get(failed.id)).toBe("failed");
    await settleOne(queue, failed, failure(true));
    await adminOf(queue).act({ type: "hold" }, { ids: [idOf("held")] });
    const running = await addOne(queue, taskOf("scrape.catalogue"));
    names.set(running.id, "running");
    const [parent] = await claimBy(queue, { kinds: ["scrape.catalogue"] });
    if (!parent) throw new Error("nothing was claimable");
    const [child] = await queue.runner.add([narration(9)], fenceOf(parent));
    names.set(child?.task.id ?? "", "child");
    return names;
  };

  test.each<{ filter: TaskMatch | "ids" | "children"; action: TaskAction["type"]; found: Name[] }>([
    { filter: {}, action: "hold", found: ["book", "later", "other", "child"] },
    { filter: { status: ["paused", "failed"] }, action: "complete", found: ["held", "failed"] },
    { filter: { kinds: ["narrate.chapter"] }, action: "hold", found: ["later", "other", "child"] },
    { filter: { kinds: [] }, action: "hold", found: [] },
    { filter: { lane: "a" }, action: "complete", found: ["book", "later", "held"] },
    { filter: { lane: "a", status: ["pending"] }, action: "complete", found: ["book", "later"] },
    { filter: { lane: "a", kinds: ["narrate.chapter"] }, action: "hold", found: ["later"] },
    { filter: { lane: "default" }, action: "cancel", found: ["running", "child"] },
    { filter: { lane: "none" }, action: "cancel", found: [] },
    { filter: { parent: null, kinds: ["narrate.chapter"] }, action: "hold", found: ["later", "other"] },
    { filter: "children", action: "hold", found: ["child"] },
    { filter: { group: "g" }, action: "hold", found: ["later"] },
    { filter: { errorCode: "UPSTREAM_ERROR" }, action: "redrive", found: ["failed"] },
    { filter: { errorCode: "OTHER" }, action: "redrive", found: [] },
    { filter: { addedBefore: Date.now() - HOUR_MS }, action: "hold", found: [] },
    { filter: "ids", action: "hold", found: ["book", "later", "other", "child"] },
  ])("$action on $filter", async ({ filter, action, found }) => {
    const queue = await open();
    const names = await fill(queue);
    const ids = [...names.keys()];
    const running = ids.find((id) => names.get(id) === "running") ?? "";
    const on =
      filter === "ids"
        ? { ids: [...ids, ...ids, "nosuchtask12345"] }
        : { filter: filter === "children" ? { parent: running } : filter };
    const full = (action === "fail" ? { type: action, reason: "x" } : { type: action }) as TaskAction;
    const preview = await adminOf(queue).act(full, on, { preview: true });
    expect(preview).toEqual({ matched: found.length, changed: 0, tasks: [] });
    const answer = await adminOf(queue).act(full, on);
    expect(answer).toMatchObject({ matched: found.length, changed: found.length });
    expect(new Set(answer.tasks.map(({ id }) => names.get(id)))).toEqual(new Set(found));
  });
});

describe("acting on many", () => {
  test("a thousand a call, until as many changed as matched", async () => {
    const queue = await open();
    await queue.backend.add(many(2500, { lane: "x" }));
    const calls = [];
    for (let call = 0; call < 4; call += 1) {
      const { matched, changed, tasks } = await adminOf(queue).act({ type: "hold" }, { filter: { lane: "x" } });
      calls.push([matched, changed, tasks.length]);
    }
    expect(calls).toEqual([
      [2500, 1000, 100],
      [1500, 1000, 100],
      [500, 500, 100],
      [0, 0, 0],
    ]);
  });

  test("what is passed over does not hide the rest", async () => {
    const queue = await open();
    for (let round = 0; round < 3; round += 1) {
      await queue.backend.add(Array.from({ length: 400 }, (_, index) => narration(index + 1, { key: `k${index}` })));
      await adminOf(queue).act({ type: "cancel" }, { filter: {} });
    }
    await queue.backend.add(Array.from({ length: 399 }, (_, index) => narration(index + 1, { key: `k${index}` })));
    const answer = await adminOf(queue).act({ type: "redrive" }, { filter: { status: ["cancelled"] } });
    expect(answer).toMatchObject({ matched: 1200, changed: 1 });
    expect(answer.tasks[0]).toMatchObject({ key: "k399", status: "pending" });
  });

  test("redriven tasks of one group take turns with a task that is added after them", async () => {
    const queue = await open();
    await queue.backend.add(many(5, { group: "book" }));
    await adminOf(queue).act({ type: "cancel" }, { filter: {} });
    await adminOf(queue).act({ type: "redrive" }, { filter: {} });
    const newcomer = await addOne(queue, bookTask());
    const order = await claim(queue);
    expect(order).toHaveLength(6);
    // Second; third when a new minute began between the two calls.
    expect(order.findIndex(({ id }) => id === newcomer.id)).toBeLessThan(3);
  });

  test("a parent ends when an operator ends the last of its children", async () => {
    const queue = await open();
    const cases = [
      ["complete", "done"],
      ["fail", "failed"],
      ["cancel", "cancelled"],
      ["remove", "done"],
    ] as const;
    for (const [type, end] of cases) {
      const { parent, children } = await waitingParent(queue, 2);
      const [first, second] = children;
      if (!first || !second) throw new Error("nothing was claimable");
      await settleOne(queue, first, done);
      await settleOne(queue, second, { type: "later", runAt: Date.now() + HOUR_MS, reason: "not yet" });
      await adminOf(queue).act(type === "fail" ? { type, reason: "no" } : { type }, { ids: [second.id] });
      expect([type, await statusOf(queue, parent.id)]).toEqual([type, end]);
    }
  });

  test("who stands behind a key comes forward for the holder alone", async () => {
    const queue = await open();
    const key = "nightly";
    const keep = (chapter: number) => narration(chapter, { key, keyMode: "keep_last" as const });
    const ended = await addOne(queue, keep(1));
    await adminOf(queue).act({ type: "complete" }, { ids: [ended.id] });
    await addOne(queue, keep(2));
    const running = await claimOne(queue);
    const behind = await addOne(queue, keep(3));
    expect(await adminOf(queue).why(behind.id)).toMatchObject({ reason: "behind_its_key" });
    // Removing an earlier one with the same key once let the next one pass the one that runs.
    expect(await adminOf(queue).act({ type: "remove" }, { ids: [ended.id] })).toMatchObject({ changed: 1 });
    expect(await adminOf(queue).why(behind.id)).toMatchObject({ reason: "behind_its_key" });
    await adminOf(queue).act({ type: "hold" }, { ids: [behind.id] });
    await adminOf(queue).act({ type: "resume" }, { ids: [behind.id] });
    expect(await claim(queue)).toEqual([]);
    await settleOne(queue, running, done);
    expect((await claimOne(queue)).id).toBe(behind.id);
  });

  test("a tree of thousands is cancelled whole, its running parts asked to stop", async () => {
    const queue = await open();
    const root = await addOne(queue, taskOf("scrape.catalogue"));
    const [claimed] = await claimBy(queue, { kinds: ["scrape.catalogue"] });
    if (!claimed) throw new Error("nothing was claimable");
    await queue.runner.add([...many(2500), bookTask()], fenceOf(claimed));
    const [book] = await claimBy(queue, { kinds: ["scrape.book"] });
    if (!book) throw new Error("nothing was claimable");
    await queue.runner.add(many(30), fenceOf(book));
    await settleOne(queue, claimed, { type: "wait" });
    const answer = await adminOf(queue).act({ type: "cancel" }, { filter: { parent: null } });
    expect(answer).toMatchObject({ matched: 1, changed: 1, tasks: [{ id: root.id, status: "cancelling" }] });
    expect(await queue.backend.counts()).toMatchObject({
      "narrate.chapter": { cancelled: 2530, pending: 0 },
      "scrape.book": { cancelling: 1 },
    });
    await settleOne(queue, book, done);
    expect(await statusOf(queue, root.id)).toBe("cancelled");
  });

  test("draining a lane leaves alone what runs, and its children", async () => {
    const queue = await open();
    await queue.backend.add([bookTask({ lane: "x" }), ...many(1100, { lane: "x" })]);
    const [book] = await claimBy(queue, { kinds: ["scrape.book"] });
    if (!book) throw new Error("nothing was claimable");
    await queue.runner.add([narration(1, { lane: "y" })], fenceOf(book));
    expect(await adminOf(queue).drainLane("x")).toBe(1100);
    expect(await queue.backend.counts()).toMatchObject({
      "narrate.chapter": { cancelled: 1100, pending: 1 },
      "scrape.book": { running: 1 },
    });
  });

  test("a task's log keeps its newest 500 lines", async () => {
    const queue = await open();
    const { id } = await addOne(queue);
    for (let round = 0; round < 3; round += 1) {
      await adminOf(queue).act({ type: "fail", reason: `round ${round}` }, { ids: [id] });
      await adminOf(queue).act({ type: "redrive" }, { ids: [id] });
    }
    const claimed = await claimOne(queue);
    const lines = Array.from({ length: 499 }, (_, index) => ({
      at: Date.now(),
      level: "info" as const,
      message: `${index}`,
    }));
    await queue.runner.heartbeat(card("runner-a"), LEASE_MS, [{ ...fenceOf(claimed), log: lines }]);
    await settleOne(queue, claimed, { type: "later", runAt: Date.now(), reason: "once more" });
    await adminOf(queue).act({ type: "fail", reason: "the last" }, { ids: [id] });
    expect(onStore((database) => database.prepare("SELECT count(*) AS n FROM task_log").get())).toEqual({ n: 500 });
    const failures = await adminOf(queue).readLog(id, { limit: 10, failures: true });
    expect(failures.items.map(({ message }) => message)).toEqual(["the last"]);
  });
});

const nested = (depth: number): object => JSON.parse(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`) as object;

const DEEP = { identifier: "x", kind: "k", schedule: "* * * * *", timeZone: "UTC", payload: nested(1100) };

describe("what is refused", () => {
  const BAD: readonly (readonly [string, string, object])[] = [
    ["an unknown action", "act", { action: { type: "explode" }, ids: [] }],
    ["an action that every object has", "act", { action: { type: "constructor" }, ids: [] }],
    ["no selection", "act", { action: { type: "hold" } }],
    ["two selections", "act", { action: { type: "hold" }, ids: [], filter: {} }],
    [
      "a filter's field that there is not, since it would mean all tasks",
      "act",
      { action: { type: "remove" }, filter: { lanes: "x" } },
    ],
    ["more than a thousand ids", "act", { action: { type: "hold" }, ids: many(1001).map((_, index) => `id${index}`) }],
    ["a reason of nothing", "act", { action: { type: "fail", reason: "" }, ids: [] }],
    ["a result that is a list", "act", { action: { type: "complete", result: [] }, ids: [] }],
    ["a time that is no number", "act", { action: { type: "reschedule", runAt: "now" }, ids: [] }],
    ["a cursor of another's", "log-list", { taskId: "x", limit: 1, cursor: "1.2" }],
    ["a payload nested too deep for SQLite", "cron-save", { source: "api", items: [{ nextAt: 1, spec: DEEP }] }],
    ["a negative age", "prune", { done: { maxAgeMs: -1 } }],
  ];

  test.each(BAD)("%s", async (_, route, body) => {
    await expect(store().backend.call("POST", `/api/taskqueue/${route}`, body)).rejects.toMatchObject({
      code: "BAD_REQUEST",
    });
  });

  test("all of it to a runner", async () => {
    const { admin } = (await open()).runnerPorts;
    const calls = [
      admin.act({ type: "hold" }, { filter: {} }),
      admin.why("x"),
      admin.readLog("x", { limit: 1 }),
      admin.releaseRunner("x"),
      admin.prune({}),
      admin.pauseLane("x", "x"),
      admin.resumeLane("x"),
      admin.drainLane("x"),
    ];
    const refusals = (await Promise.allSettled(calls)).map((call) => call.status === "rejected" && call.reason.code);
    expect(refusals).toEqual(calls.map(() => "FORBIDDEN"));
  });
});

describe("removing and pruning trees", () => {
  test("a tree of more than a thousand goes whole in one call of an operator", async () => {
    const queue = await open();
    const parent = await doneTree(queue, 2300);
    const answer = await adminOf(queue).act({ type: "remove" }, { ids: [parent.id] });
    expect(answer).toMatchObject({ matched: 1, changed: 1 });
    expect(answer.tasks[0]).toMatchObject({ id: parent.id, status: "done", children: { total: 2300 } });
    expect(await countAll(queue)).toBe(0);
  });

  test("retention takes a large tree over several calls, children first, and then there is no more", async () => {
    const queue = await open();
    await doneTree(queue, 1500);
    await addOne(queue);
    const limits = { done: { maxAgeMs: 0 } };
    expect(await adminOf(queue).prune(limits)).toEqual({ removed: 1000, more: true });
    expect(await countAll(queue)).toBe(502);
    expect(await adminOf(queue).prune(limits)).toEqual({ removed: 501, more: false });
    expect(await adminOf(queue).prune(limits)).toEqual({ removed: 0, more: false });
    expect(await countAll(queue)).toBe(1);
  });

  test("a tree in which something lives stays, and does not hold up the others", async () => {
    const queue = await open();
    const living = await addOne(queue);
    const claimed = await claimOne(queue);
    await queue.runner.add([bookTask(), narration(1)], fenceOf(claimed));
    await settleOne(queue, claimed, done);
    await doneTree(queue, 1);
    expect(await adminOf(queue).prune({ done: { maxAgeMs: 0 } })).toEqual({ removed: 2, more: false });
    expect(await statusOf(queue, living.id)).toBe("done");
    expect(await countAll(queue)).toBe(3);
  });

  test("a root that is redriven while it is pruned keeps its children", async () => {
    const queue = await open();
    const { id } = await addOne(queue);
    const claimed = await claimOne(queue);
    await queue.runner.add(many(2), fenceOf(claimed));
    await adminOf(queue).act({ type: "complete" }, { filter: { parent: id } });
    await settleOne(queue, claimed, failure(true));
    const other = new DatabaseSync(join(store().folder, "pb_data", "data.db"));
    other.exec("BEGIN IMMEDIATE");
    // Both choose among readers, and then wait for the lock, the first before the second. Were one slower than a hundred
    // reads, the test would see nothing, and pass.
    const chosen = async () => {
      for (let reads = 0; reads < 100; reads += 1) await queue.backend.counts();
    };
    const redriven = adminOf(queue).act({ type: "redrive" }, { ids: [id] });
    await chosen();
    const pruned = adminOf(queue).prune({ failed: { maxAgeMs: 0 } });
    await chosen();
    other.exec("COMMIT");
    other.close();
    expect(await redriven).toMatchObject({ changed: 1 });
    expect(await pruned).toEqual({ removed: 0, more: false });
    expect(await queue.backend.list({ parent: id, limit: 10 })).toMatchObject({ items: [{}, {}] });
  });
});
