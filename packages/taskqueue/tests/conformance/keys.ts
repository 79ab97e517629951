import { KEY_MODES, type KeyMode, type Task } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import type { NewTask } from "../../src/index.ts";
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
} from "./queue-under-test.ts";

const EARLIER = Date.now() - 2 * HOUR_MS;
const LATER = Date.now() + 2 * HOUR_MS;

const OLD = bookTask({ key: "k", runAt: EARLIER, maxAttempts: 3, priority: 3, flags: ["old"], lane: "old" });
/** Differs in everything but the key. */
const NEW = narration(1, { key: "k", runAt: LATER, maxAttempts: 7, priority: 7, flags: ["new"], lane: "new" });

/** What stood there under the key before, and how it came to be so. */
const STATES = {
  absent: async () => null,
  pending: async (queue) => addOne(queue, OLD),
  "pending after a failure": async (queue) => {
    const task = await started(queue);
    await settleOne(queue, task, { ...failure(), retryDelaysMs: [HOUR_MS] });
    return task;
  },
  paused: async (queue) => {
    const task = await addOne(queue, OLD);
    await actOnIds(queue, { type: "hold" }, task.id);
    return task;
  },
  running: async (queue) => started(queue),
  waiting: async (queue) => {
    const task = await started(queue);
    await queue.runner.add([narration(9)], fenceOf(task));
    await settleOne(queue, task, { type: "wait" });
    return task;
  },
  cancelling: async (queue) => {
    const task = await started(queue);
    await queue.backend.cancel([task.id]);
    return task;
  },
  failed: async (queue) => ended(queue, failure(true)),
  done: async (queue) => ended(queue, done),
  cancelled: async (queue) => {
    const task = await addOne(queue, OLD);
    await queue.backend.cancel([task.id]);
    return task;
  },
} satisfies Record<string, (queue: QueueUnderTest) => Promise<Task | null>>;

const started = async (queue: QueueUnderTest): Promise<Task> => {
  await addOne(queue, OLD);
  return claimOne(queue);
};
const ended = async (queue: QueueUnderTest, outcome: typeof done): Promise<Task> => {
  const task = await started(queue);
  await settleOne(queue, task, outcome);
  return task;
};

/**
 * added        a new task; the one before keeps its key (it is over, or there was none)
 * orphaned     a new task; the one before loses its key and, when it is at work, its further attempts
 * overwritten  the one before, with everything of the new one
 * time kept    the same, but for its time
 * touched      the one before as it is, its revision one more
 * kept         the one before as it is
 * behind       a new task that is not due before the one before has ended
 */
type Answer = "added" | "orphaned" | "overwritten" | "time kept" | "touched" | "kept" | "behind";

const LOCKED: Readonly<Record<KeyMode, Answer>> = {
  replace: "orphaned",
  preserve_run_at: "orphaned",
  unsafe_dedupe: "touched",
  keep_first: "kept",
  keep_last: "behind",
};
const WAITING: Readonly<Record<KeyMode, Answer>> = {
  replace: "overwritten",
  preserve_run_at: "time kept",
  unsafe_dedupe: "touched",
  keep_first: "kept",
  keep_last: "overwritten",
};
const FREE: Readonly<Record<KeyMode, Answer>> = {
  replace: "added",
  preserve_run_at: "added",
  unsafe_dedupe: "added",
  keep_first: "added",
  keep_last: "added",
};

const EXPECTED: Readonly<Record<keyof typeof STATES, Readonly<Record<KeyMode, Answer>>>> = {
  absent: FREE,
  pending: WAITING,
  "pending after a failure": { ...WAITING, preserve_run_at: "overwritten" },
  paused: WAITING,
  running: LOCKED,
  waiting: LOCKED,
  cancelling: LOCKED,
  failed: { ...FREE, replace: "orphaned", preserve_run_at: "orphaned", unsafe_dedupe: "touched" },
  done: FREE,
  cancelled: FREE,
};

const CASES = (Object.keys(STATES) as (keyof typeof STATES)[]).flatMap((state) =>
  KEY_MODES.map((mode) => ({ state, mode, answer: EXPECTED[state][mode] })),
);

const spokenFields = ({ kind, payload, lane, key, priority, maxAttempts, flags }: NewTask | Task) => ({
  kind,
  payload,
  lane,
  key,
  priority,
  maxAttempts,
  flags,
});

const checkOld = (answer: Answer, before: Task, now: Task): void => {
  if (answer === "added" || answer === "behind" || answer === "kept") {
    expect(now).toEqual(before);
  } else if (answer === "orphaned") {
    const isAtWork = before.status !== "failed";
    expect(now).toMatchObject({ key: null, status: before.status, attempts: isAtWork ? now.maxAttempts : 1 });
  } else if (answer === "touched") {
    expect(now).toEqual({ ...before, revision: before.revision + 1, updatedAt: now.updatedAt });
  }
};

export const keysSuite = (open: Open): void => {
  test.each(CASES)("$mode over a task that is $state: $answer", async ({ state, mode, answer }) => {
    const queue = await open();
    const old = await STATES[state](queue);
    const before = old && (await findOne(queue, old.id));
    const [added] = await queue.backend.add([{ ...NEW, keyMode: mode }]);
    if (!added) throw new Error("nothing was answered");
    expect(await findOne(queue, added.task.id)).toEqual(added.task);
    if (before) checkOld(answer, before, await findOne(queue, before.id));

    const isNew = answer === "added" || answer === "orphaned" || answer === "behind";
    expect(added.created).toBe(isNew);
    expect(added.task.id === old?.id).toBe(!isNew);
    if (answer === "touched" || answer === "kept") return;
    expect(spokenFields(added.task)).toEqual(spokenFields(NEW));
    const runAt = new Date(answer === "time kept" ? EARLIER : LATER).toISOString();
    const status = isNew ? "pending" : before?.status;
    const revision = isNew ? 0 : 1;
    expect(added.task).toMatchObject({ runAt, status, revision, attempts: 0, crashes: 0, error: null, parent: null });
  });

  test.each([
    ["replace", "overwritten"],
    ["preserve_run_at", "overwritten"],
    ["keep_last", "overwritten"],
    ["unsafe_dedupe", "touched"],
    ["keep_first", "kept"],
  ] as const)("%s of three in one call: one task, %s", async (keyMode, answer) => {
    const queue = await open();
    const answers = await queue.backend.add([1, 2, 3].map((chapter) => narration(chapter, { key: "k", keyMode })));
    expect(answers.map(({ created }) => created)).toEqual([true, false, false]);
    expect(new Set(answers.map(({ task }) => task.id)).size).toBe(1);
    const chapter = answer === "overwritten" ? 3 : 1;
    const revision = answer === "kept" ? 0 : 2;
    expect(await queue.backend.findByKey("k")).toMatchObject({ payload: { chapter }, revision });
  });

  test.each(KEY_MODES)("%s by twenty at once, with nothing there and over a running one", async (keyMode) => {
    const queue = await open();
    const addTwenty = () =>
      Promise.all(
        Array.from({ length: 20 }, (_, index) => queue.backend.add([narration(index, { key: "k", keyMode })])),
      );
    const first = (await addTwenty()).flat();
    expect(first).toHaveLength(20);
    expect(first.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(first.map(({ task }) => task.id)).size).toBe(1);

    const running = await claimOne(queue);
    const second = (await addTwenty()).flat();
    const others = new Set(second.map(({ task }) => task.id).filter((id) => id !== running.id));
    const keepsRunning = keyMode === "unsafe_dedupe" || keyMode === "keep_first";
    expect(second.filter(({ created }) => created)).toHaveLength(keepsRunning ? 0 : 1);
    expect(others.size).toBe(keepsRunning ? 0 : 1);
    expect((await claim(queue)).length).toBe(keepsRunning || keyMode === "keep_last" ? 0 : 1);
  });

  test.each(["replace", "preserve_run_at", "keep_last"] as const)(
    "%s joins two lists, and only lists",
    async (mode) => {
      const queue = await open();
      const put = async (payload: NewTask["payload"]) =>
        (await addOne(queue, { kind: "batch", key: "k", keyMode: mode, payload })).payload;
      await put([1, { two: true }]);
      expect(await put([])).toEqual([1, { two: true }]);
      expect(await put(["three", null])).toEqual([1, { two: true }, "three", null]);
      expect(await put({ not: "a list" })).toEqual({ not: "a list" });
      expect(await put([4])).toEqual([4]);
    },
  );

  test("lists that are over 1 MiB together are refused, with all tasks of the call", async () => {
    const queue = await open();
    const list = (key: string): NewTask => ({ kind: "batch", key, payload: ["x".repeat(700_000)] });
    const there = await addOne(queue, list("k"));
    const large = { code: "BAD_REQUEST" };
    await expect(queue.backend.add([bookTask(), list("k")])).rejects.toMatchObject(large);
    await expect(queue.backend.add([list("l"), list("l")])).rejects.toMatchObject(large);
    expect((await queue.backend.list({ limit: 5 })).items).toEqual([there]);
    await expect(queue.backend.add([list("m"), bookTask({ key: "m" })])).resolves.toHaveLength(2);
  });

  test("what a task has achieved goes with the payload it was for", async () => {
    const queue = await open();
    await addOne(queue, OLD);
    const task = await claimOne(queue);
    const progress = { done: 1, total: 2, unit: "pages", message: "" };
    const later = { type: "later", runAt: LATER, reason: "busy" } as const;
    await queue.runner.settle([{ ...fenceOf(task), outcome: later, progress, checkpoint: { page: 1 } }]);
    const [added] = await queue.backend.add([NEW]);
    expect(added?.task).toMatchObject({ id: task.id, progress: null, checkpoint: null, waitingFor: null });
  });

  test("keep_first raises the priority of a pending one, and never lowers it", async () => {
    const queue = await open();
    const put = async (priority: number) =>
      (await addOne(queue, bookTask({ key: "k", keyMode: "keep_first", priority }))).priority;
    expect([await put(5), await put(9), await put(2), await put(4)]).toEqual([5, 5, 2, 2]);
    await addOne(queue, narration(1, { priority: 3 }));
    expect((await claimOne(queue)).key).toBe("k");
    expect(await put(-9)).toBe(2);
  });

  test("answers stand in the order of the request, whoever was there before", async () => {
    const queue = await open();
    await queue.backend.add([narration(100, { key: "a" }), narration(200, { key: "b" })]);
    const answers = await queue.backend.add([
      narration(1),
      narration(2, { key: "b", keyMode: "keep_first" }),
      narration(3, { key: "c" }),
      narration(4, { key: "a" }),
      narration(5),
    ]);
    expect(answers.map(({ created, task }) => [created, task.payload["chapter"]])).toEqual([
      [true, 1],
      [false, 200],
      [true, 3],
      [false, 4],
      [true, 5],
    ]);
  });

  test("by its key the task that was added last is found, whatever became of it", async () => {
    const queue = await open();
    const find = async () => (await queue.backend.findByKey("k"))?.id;
    expect(await find()).toBeUndefined();
    const first = await ended(queue, done);
    expect(await find()).toBe(first.id);
    const second = await addOne(queue, bookTask({ key: "k" }));
    expect(await find()).toBe(second.id);
    await queue.backend.cancel([second.id]);
    expect(await find()).toBe(second.id);
    await actOnIds(queue, { type: "remove" }, second.id);
    expect(await find()).toBe(first.id);
  });

  test("a task that was there does not become a child of who adds it again", async () => {
    const queue = await open();
    const parent = await started(queue);
    const there = await addOne(queue, narration(1, { key: "there" }));
    for (const keyMode of ["replace", "keep_first"] as const) {
      const [child] = await queue.runner.add([narration(2, { key: "there", keyMode })], fenceOf(parent));
      expect(child).toMatchObject({ created: false, task: { id: there.id, parent: null, group: null } });
    }
    expect(await settleOne(queue, parent, { type: "wait" })).toBe("done");
  });

  test("an overwritten child stays its parent's", async () => {
    const queue = await open();
    await addOne(queue);
    const parent = await claimOne(queue);
    const [child] = await queue.runner.add([narration(1, { key: "k" })], fenceOf(parent));
    const [again] = await queue.backend.add([narration(2, { key: "k" })]);
    expect(again).toMatchObject({ created: false, task: { id: child?.task.id, parent: parent.id, group: parent.id } });
    expect((await findOne(queue, parent.id)).children.total).toBe(1);
  });
};
