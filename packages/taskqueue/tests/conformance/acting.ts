import { TASK_STATUSES, type Task, type TaskStatus } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import type { TaskAction } from "../../src/index.ts";
import {
  actOnIds,
  addOne,
  bookTask,
  claim,
  claimOne,
  done,
  failure,
  fenceOf,
  findOne,
  HOUR_MS,
  narration,
  type Open,
  type QueueUnderTest,
  settleOne,
  statusOf,
} from "./queue-under-test.ts";

const countOf = async (queue: QueueUnderTest, kind: string, status: TaskStatus) =>
  (await queue.backend.counts())[kind]?.[status] ?? 0;

/** A task of each status. */
const REACH: Readonly<Record<TaskStatus, (queue: QueueUnderTest) => Promise<Task>>> = {
  pending: (queue) => addOne(queue, bookTask({ maxAttempts: 9 })),
  running: async (queue) => {
    await addOne(queue, bookTask({ maxAttempts: 9 }));
    return claimOne(queue);
  },
  waiting: async (queue) => {
    const task = await REACH.running(queue);
    await queue.runner.add([narration(1)], fenceOf(task));
    await settleOne(queue, task, { type: "wait" });
    return task;
  },
  cancelling: async (queue) => {
    const task = await REACH.running(queue);
    await queue.backend.cancel([task.id]);
    return task;
  },
  paused: async (queue) => {
    const task = await REACH.pending(queue);
    await actOnIds(queue, { type: "hold" }, task.id);
    return task;
  },
  done: async (queue) => ended(queue, done),
  failed: async (queue) => ended(queue, failure(true)),
  cancelled: async (queue) => {
    const task = await REACH.pending(queue);
    await queue.backend.cancel([task.id]);
    return task;
  },
};
const ended = async (queue: QueueUnderTest, outcome: typeof done): Promise<Task> => {
  const task = await REACH.running(queue);
  await settleOne(queue, task, outcome);
  return task;
};

const AGAIN: TaskAction = { type: "reschedule", runAt: 1_900_000_000_000, priority: 4, attempts: 2, maxAttempts: 8 };

/** What becomes of which status; every other is passed over. `null`: it is gone. */
const BECOMES: readonly (readonly [TaskAction, Partial<Record<TaskStatus, TaskStatus | null>>])[] = [
  [
    { type: "complete", result: { by: "hand" } },
    { pending: "done", paused: "done", failed: "done", cancelled: "done" },
  ],
  [
    { type: "fail", reason: "no longer wanted" },
    { pending: "failed", paused: "failed" },
  ],
  [AGAIN, { pending: "pending", paused: "paused", failed: "pending", cancelled: "pending" }],
  [{ type: "redrive" }, { failed: "pending", cancelled: "pending" }],
  [{ type: "hold" }, { pending: "paused" }],
  [{ type: "resume" }, { paused: "pending" }],
  [{ type: "cancel" }, { pending: "cancelled", running: "cancelling", waiting: "cancelled", paused: "cancelled" }],
  [{ type: "remove" }, { pending: null, paused: null, done: null, failed: null, cancelled: null }],
];

const CASES = BECOMES.flatMap(([action, becomes]) =>
  TASK_STATUSES.map((status) => ({ action, type: action.type, status, next: becomes[status] })),
);

export const actingSuite = (open: Open): void => {
  test.each(CASES)("$type, $status: $next", async ({ action, status, next }) => {
    const queue = await open();
    const { id } = await REACH[status](queue);
    const before = await findOne(queue, id);
    expect(before.status).toBe(status);
    const does = next !== undefined;

    const preview = await queue.backendPorts.admin.act(action, { ids: [id] }, { preview: true });
    expect(preview).toEqual({ matched: does ? 1 : 0, changed: 0, tasks: [] });
    expect(await findOne(queue, id)).toEqual(before);

    const answer = await actOnIds(queue, action, id, "nosuchtask12345");
    expect([answer.matched, answer.changed]).toEqual(does ? [1, 1] : [0, 0]);
    const [after] = await queue.backend.find([id]);
    expect(after?.status ?? null).toBe(does ? next : status);
    expect(answer.tasks).toEqual(!does ? [] : next === null ? [before] : [after]);
    const wanted = TASK_STATUSES.map((each) => [each, each === after?.status ? 1 : 0]);
    const counts = (await queue.backend.counts())["scrape.book"];
    expect(TASK_STATUSES.map((each) => [each, counts?.[each] ?? 0])).toEqual(wanted);
  });

  test("completing keeps the result and clears what went wrong", async () => {
    const queue = await open();
    const { id } = await REACH.failed(queue);
    await actOnIds(queue, { type: "complete", result: { by: "hand" } }, id);
    expect(await findOne(queue, id)).toMatchObject({ status: "done", result: { by: "hand" }, error: null });
  });

  test("failing says who and why", async () => {
    const queue = await open();
    const { id } = await REACH.pending(queue);
    await actOnIds(queue, { type: "fail", reason: "no longer wanted" }, id);
    const failed = await findOne(queue, id);
    expect(failed).toMatchObject({ error: { code: "FAILED_BY_OPERATOR", message: "no longer wanted" } });
    expect(failed.finishedAt).not.toBeNull();
  });

  test.each(["pending", "paused", "failed", "cancelled"] as const)(
    "rescheduling changes what is given: %s",
    async (status) => {
      const queue = await open();
      const { id } = await REACH[status](queue);
      const before = await findOne(queue, id);
      const [task] = (await actOnIds(queue, { type: "reschedule", priority: -3 }, id)).tasks;
      expect(task).toMatchObject({ priority: -3, maxAttempts: before.maxAttempts, attempts: 0 });
      const [again] = (await actOnIds(queue, AGAIN, id)).tasks;
      const runAt = new Date(1_900_000_000_000).toISOString();
      expect(again).toMatchObject({ runAt, priority: 4, attempts: 2, maxAttempts: 8 });
      expect(await claim(queue)).toEqual([]);
    },
  );

  test("what is rescheduled stands where its new priority and time put it", async () => {
    const queue = await open();
    const [first, second] = await queue.backend.add([narration(1), narration(2)]);
    await actOnIds(queue, { type: "reschedule", priority: -1 }, second?.task.id ?? "");
    expect((await claim(queue)).map(({ id }) => id)).toEqual([second?.task.id, first?.task.id]);
  });

  test("rescheduling to more attempts than there are leaves one", async () => {
    const queue = await open();
    const { id } = await REACH.pending(queue);
    const [task] = (await actOnIds(queue, { type: "reschedule", attempts: 9, maxAttempts: 3 }, id)).tasks;
    expect(task).toMatchObject({ attempts: 2, maxAttempts: 3 });
    expect((await claimOne(queue)).attempts).toBe(3);
  });

  test("a redriven task is due now, with all its attempts and crashes before it, and keeps its lease's number", async () => {
    const queue = await open();
    const { id } = await addOne(queue);
    for (let crash = 0; crash < 3; crash += 1) {
      await claimOne(queue, 0);
      await queue.runner.reap(0);
    }
    const [task] = (await actOnIds(queue, { type: "redrive" }, id)).tasks;
    expect(task).toMatchObject({ status: "pending", attempts: 0, crashes: 0, finishedAt: null, runner: null });
    expect(await claimOne(queue)).toMatchObject({ id, lease: 4, attempts: 1 });
  });

  test("a redriven cancelled task may be cancelled anew", async () => {
    const queue = await open();
    const { id } = await REACH.cancelled(queue);
    await actOnIds(queue, { type: "redrive" }, id);
    expect((await findOne(queue, id)).cancelRequestedAt).toBeNull();
    await claimOne(queue);
    const [asked] = await queue.backend.cancel([id]);
    expect(asked).toMatchObject({ changed: true, task: { status: "cancelling" } });
  });

  test("a task whose key a live one has is not redriven; of two with one key the first is", async () => {
    const queue = await open();
    const put = async () => (await addOne(queue, bookTask({ key: "k", keyMode: "keep_first" }))).id;
    const fail = async () => settleOne(queue, await claimOne(queue), failure(true));
    const first = await put();
    await fail();
    const second = await put();
    await fail();
    const live = await put();
    const redrive = { type: "redrive" } as const;
    expect(await actOnIds(queue, redrive, first, second)).toEqual({ matched: 2, changed: 0, tasks: [] });
    await actOnIds(queue, { type: "remove" }, live);
    expect(await actOnIds(queue, redrive, first, second)).toMatchObject({
      matched: 2,
      changed: 1,
      tasks: [{ id: first }],
    });
    expect(await statusOf(queue, second)).toBe("failed");
  });

  test("a child that is redriven, completed or failed counts for its parent as it now is", async () => {
    const queue = await open();
    await addOne(queue);
    const parent = await claimOne(queue);
    await queue.runner.add([narration(1), narration(2)], fenceOf(parent));
    await settleOne(queue, parent, { type: "wait" });
    const [one, two] = await claim(queue);
    if (!one || !two) throw new Error("two children were expected");
    const children = async () => (await findOne(queue, parent.id)).children;
    await settleOne(queue, one, failure(true));
    expect(await children()).toMatchObject({ failed: 1, done: 0 });
    await actOnIds(queue, { type: "redrive" }, one.id);
    expect(await children()).toMatchObject({ failed: 0, done: 0 });
    await actOnIds(queue, { type: "complete" }, one.id);
    expect(await children()).toMatchObject({ failed: 0, done: 1 });
    await settleOne(queue, two, done);
    expect(await findOne(queue, parent.id)).toMatchObject({ status: "done", children: { total: 2, done: 2 } });
  });

  test.each([
    [{ type: "fail", reason: "no" }, "failed"],
    [{ type: "complete" }, "done"],
    [{ type: "cancel" }, "cancelled"],
    [{ type: "remove" }, "done"],
  ] as const)("a parent whose last child an operator ends by %j is %s", async (action, status) => {
    const queue = await open();
    const { id } = await REACH.waiting(queue);
    const [child] = (await queue.backend.list({ parent: id, limit: 1 })).items;
    await actOnIds(queue, action, child?.id ?? "");
    expect(await statusOf(queue, id)).toBe(status);
  });

  test("each filter selects exactly its tasks", async () => {
    const queue = await open();
    await queue.backend.add([
      bookTask({ lane: "a", group: "g" }),
      narration(1, { lane: "a", maxAttempts: 2 }),
      narration(2, { lane: "b" }),
    ]);
    const failing = (await claim(queue)).find(({ maxAttempts }) => maxAttempts === 2);
    if (!failing) throw new Error("nothing was claimable");
    await queue.runner.add([narration(3)], fenceOf(failing));
    await settleOne(queue, failing, failure(true));
    const { admin } = queue.backendPorts;
    const matched = async (
      filter: Parameters<typeof admin.act>[1] extends infer S ? Extract<S, { filter: unknown }>["filter"] : never,
    ) =>
      (await admin.act({ type: "cancel" }, { filter }, { preview: true })).matched +
      (await admin.act({ type: "redrive" }, { filter }, { preview: true })).matched;
    expect(await matched({})).toBe(4);
    expect(await matched({ status: ["failed"] })).toBe(1);
    expect(await matched({ kinds: ["narrate.chapter"] })).toBe(3);
    expect(await matched({ kinds: ["scrape.book"], lane: "b" })).toBe(0);
    expect(await matched({ lane: "a" })).toBe(2);
    expect(await matched({ parent: null })).toBe(3);
    expect(await matched({ parent: failing.id })).toBe(1);
    expect(await matched({ group: "g" })).toBe(1);
    expect(await matched({ errorCode: "UPSTREAM_ERROR" })).toBe(1);
    expect(await matched({ errorCode: "TIME_LIMIT" })).toBe(0);
    expect(await matched({ addedBefore: Date.now() - HOUR_MS })).toBe(0);
    expect(await matched({ addedBefore: Date.now() + HOUR_MS })).toBe(4);
  });

  test("by filter a thousand a call, a hundred of them shown, until nothing is left", async () => {
    const queue = await open();
    await queue.backend.add(Array.from({ length: 1200 }, (_, index) => narration(index)));
    const hold = () => queue.backendPorts.admin.act({ type: "hold" }, { filter: { kinds: ["narrate.chapter"] } });
    const first = await hold();
    expect([first.matched, first.changed, first.tasks.length]).toEqual([1200, 1000, 100]);
    const second = await hold();
    expect([second.matched, second.changed]).toEqual([200, 200]);
    expect(await countOf(queue, "narrate.chapter", "paused")).toBe(1200);
    expect(await hold()).toEqual({ matched: 0, changed: 0, tasks: [] });
  });

  test("cancelling asks all live descendants", async () => {
    const queue = await open();
    const { id } = await REACH.waiting(queue);
    const child = await claimOne(queue);
    const answer = await actOnIds(queue, { type: "cancel" }, id);
    expect(answer).toMatchObject({ matched: 1, changed: 1, tasks: [{ id, status: "cancelling" }] });
    expect(await statusOf(queue, child.id)).toBe("cancelling");
    await settleOne(queue, child, done);
    expect(await statusOf(queue, id)).toBe("cancelled");
  });
};
