import type { Progress, Task, TaskStatus } from "@chapterhouse/domain";
import { createMemoryQueue } from "@chapterhouse/taskqueue";
import { beforeEach, expect, test } from "vitest";
import { Overalls } from "../../src/overall.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const after = (seconds: number): string => new Date(START + 1000 * seconds).toISOString();

let clock: { now: number };
let rolledUp: Map<string, number>;
let asked: number;
let overalls: Overalls;
let pattern: Task;
beforeEach(async () => {
  clock = { now: START };
  rolledUp = new Map();
  asked = 0;
  const rollUp = async () => {
    asked += 1;
    return rolledUp;
  };
  overalls = new Overalls({ rollUp }, () => clock.now);
  const queue = createMemoryQueue({ now: () => clock.now });
  const [added] = await queue.add([{ kind: "some.kind", payload: {} }]);
  if (!added) throw new Error("one was added");
  pattern = { ...added.task, startedAt: after(0) };
});

const parentOf = (total: number, done: number, status: TaskStatus = "waiting"): Task => ({
  ...pattern,
  status,
  children: { total, done, failed: 0, cancelled: 0 },
});
const leaf = (status: TaskStatus, progress: Partial<Progress> | null = null): Task => ({
  ...pattern,
  status,
  progress: progress && { done: 0, total: null, unit: "pages", message: "", rate: null, eta: null, ...progress },
});
const ofSteps = (total: number): Progress => ({ done: 0, total, unit: "steps", message: "", rate: null, eta: null });

test.each([
  ["a task nobody has begun", () => leaf("pending"), 0],
  ["one at work that says nothing", () => leaf("running"), null],
  ["one at work of which the whole is not known", () => leaf("running", { done: 3 }), null],
  ["one at work that says how far it is", () => leaf("running", { done: 3, total: 4 }), 0.75],
  ["one that failed on its way", () => leaf("failed", { done: 1, total: 4 }), 0.25],
  ["one that is done, whatever it said last", () => leaf("done", { done: 1, total: 4 }), 1],
  ["a parent that the roll-up does not know yet", () => parentOf(4, 1), 0.25],
  ["a flow whose first step of four is done", () => ({ ...parentOf(1, 1), progress: ofSteps(4) }), 0.25],
  ["a flow whose second step failed", () => ({ ...parentOf(2, 1, "failed"), progress: ofSteps(4) }), 0.25],
  [
    "a parent that was cancelled, with all that was left of it",
    () => ({ ...parentOf(4, 1, "cancelled"), children: { total: 4, done: 1, failed: 0, cancelled: 3 } }),
    0.25,
  ],
  [
    "a parent one of whose four children failed, at work",
    () => ({ ...parentOf(4, 1), children: { total: 4, done: 1, failed: 1, cancelled: 0 } }),
    0.5,
  ],
])("%s: %o", async (_what, task, fraction) => {
  expect((await overalls.of(task())).fraction).toBe(fraction);
});

test("a leaf at work has the rate and end of its own progress", async () => {
  const task = leaf("running", { done: 1, total: 4, rate: 0.5, eta: after(6) });
  expect(await overalls.of(task)).toEqual({ fraction: 0.25, rate: 0.5, eta: after(6) });
  expect(await overalls.of({ ...task, status: "pending" })).toEqual({ fraction: 0.25, rate: null, eta: null });
});

test("a parent that was never looked at has its average since it began", async () => {
  clock.now += 10_000;
  rolledUp.set(pattern.id, 0.2);
  expect(await overalls.of(parentOf(100, 20))).toEqual({ fraction: 0.2, rate: 2, eta: after(50) });
});

test("its recent pace counts once there is one, and a pause in looking ends it", async () => {
  clock.now += 100_000;
  rolledUp.set(pattern.id, 0.1);
  await overalls.of(parentOf(100, 10));
  clock.now += 5000;
  rolledUp.set(pattern.id, 0.2);
  expect(await overalls.of(parentOf(100, 20))).toEqual({ fraction: 0.2, rate: 2, eta: after(145) });
  clock.now += 95_000;
  rolledUp.set(pattern.id, 0.4);
  expect((await overalls.of(parentOf(100, 40))).rate).toBe(0.2);
});

test("a parent of large items has an end before the first of them is over", async () => {
  clock.now += 10_000;
  rolledUp.set(pattern.id, 0.25);
  expect(await overalls.of(parentOf(2, 0))).toEqual({ fraction: 0.25, rate: 0, eta: after(40) });
});

test("children that are tried again make no pace below nothing", async () => {
  clock.now += 10_000;
  rolledUp.set(pattern.id, 0.9);
  await overalls.of(parentOf(10, 9));
  clock.now += 10_000;
  rolledUp.set(pattern.id, 0.5);
  expect(await overalls.of(parentOf(10, 5))).toEqual({ fraction: 0.5, rate: 0.25, eta: after(40) });
});

test("the store is asked for the roll-up once in 500 ms for all, and not for what needs none", async () => {
  await overalls.of(leaf("running"));
  await overalls.of(parentOf(4, 4, "done"));
  expect(asked).toBe(0);
  await Promise.all([1, 2, 3].map(() => overalls.of(parentOf(4, 1))));
  clock.now += 499;
  await overalls.of(parentOf(4, 1));
  expect(asked).toBe(1);
  clock.now += 1;
  await overalls.of(parentOf(4, 1));
  expect(asked).toBe(2);
});

test("a store that was away is asked again", async () => {
  let isAway = true;
  const rollUp = async () => {
    if (isAway) throw new Error("away");
    return rolledUp;
  };
  overalls = new Overalls({ rollUp }, () => clock.now);
  await expect(overalls.of(parentOf(4, 1))).rejects.toThrow("away");
  isAway = false;
  expect((await overalls.of(parentOf(4, 1))).fraction).toBe(0.25);
});
