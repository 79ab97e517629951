import { setTimeout as sleep } from "node:timers/promises";
import type { Task } from "@chapterhouse/domain";
import { expect } from "vitest";
import type { QueuePorts } from "../../../src/index.ts";
import type { Shadow, ShadowTask } from "./shadow.ts";

/** The queue under test, as its two accounts see it. */
export interface Real {
  readonly backend: QueuePorts;
  readonly runner: QueuePorts;
  readonly now: () => number;
  /** Only where the clock is ours. */
  readonly advance?: (ms: number) => void;
  /** Next turns of groups that are known from before; default none. */
  readonly groups?: ReadonlyMap<string, number>;
  /** What the store keeps beside the tasks and got wrong: counts, backlogs, lanes. Empty when all is well. */
  readonly audit?: () => Promise<readonly string[]>;
}

/**
 * The time of the next command, once nothing is so near its time that the shadow and a store with a clock of its own
 * could see it differently.
 */
export const nextMoment = async (shadow: Shadow, real: Real): Promise<number> => {
  if (real.advance) return real.now();
  const isNear = (at: number) => at > real.now() - 5 && at < real.now() + 100;
  await sleep(3);
  while (shadow.tasks.some((task) => isNear(task.runAt) && task.runAtBetween === null && task.status === "pending")) {
    await sleep(5);
  }
  return real.now();
};

const childrenOf = (shadow: Shadow, task: ShadowTask) => {
  const children = shadow.childrenOf(task.id);
  const count = (status: string) => children.filter((child) => child.status === status).length;
  const failed = count("failed") - task.failedBefore;
  const cancelled = count("cancelled") - task.cancelledBefore;
  const before = task.failedBefore + task.cancelledBefore;
  return { total: children.length - before, done: count("done"), failed, cancelled };
};

const expected = (shadow: Shadow, task: ShadowTask) => ({
  id: task.id,
  kind: task.kind,
  lane: task.lane,
  key: task.key || null,
  status: task.status,
  priority: task.priority,
  revision: task.revision,
  flags: task.flags,
  group: task.group || null,
  payload: task.payload,
  attempts: task.attempts,
  maxAttempts: task.maxAttempts,
  crashes: task.crashes,
  lease: task.lease,
  runner: task.leaseUntil > 0 ? task.runner : "",
  parent: task.parent || null,
  children: childrenOf(shadow, task),
  onChildFailure: task.policy,
  continuation: task.isContinuation,
  wasAskedToEnd: task.wasAskedToEnd,
  createdBy: task.createdBy || null,
  result: task.result,
  error: task.errorCode,
  checkpoint: task.checkpoint,
  hasDeadline: task.deadline > 0 && task.leaseUntil > 0,
  hasEnded: task.finishedAt > 0,
});

const actual = (task: Task, isHeld: boolean): ReturnType<typeof expected> => ({
  id: task.id,
  kind: task.kind,
  lane: task.lane,
  key: task.key,
  status: task.status,
  priority: task.priority,
  revision: task.revision,
  flags: task.flags.toSorted(),
  group: task.group,
  payload: task.payload,
  attempts: task.attempts,
  maxAttempts: task.maxAttempts,
  crashes: task.crashes,
  lease: task.lease,
  runner: isHeld ? (task.runner ?? "") : "",
  parent: task.parent,
  children: task.children,
  onChildFailure: task.onChildFailure,
  continuation: task.continuation,
  wasAskedToEnd: task.cancelRequestedAt !== null,
  createdBy: task.createdBy,
  result: task.result,
  error: task.error?.code ?? null,
  checkpoint: task.checkpoint ?? null,
  hasDeadline: task.deadline !== null && isHeld,
  hasEnded: task.finishedAt !== null,
});

/** A time that chance or the queue's clock decided is taken over; every other one has to be the shadow's. */
const checkTime = (task: ShadowTask, runAt: number): void => {
  if (task.runAtBetween === null) {
    expect(runAt, `${task.id} is due`).toBe(task.runAt);
    return;
  }
  const [least, most] = task.runAtBetween;
  expect(runAt, `${task.id} is due`).toBeGreaterThanOrEqual(least);
  expect(runAt, `${task.id} is due`).toBeLessThanOrEqual(most);
  if (task.ranksAnew) task.rankMinute = Math.floor(runAt / 60_000);
  Object.assign(task, { runAt, runAtBetween: null });
};

/** Every task, field by field, and that there is none beside them. */
export const compareTasks = async (shadow: Shadow, real: Real): Promise<readonly Task[]> => {
  const { queue } = real.backend;
  const found = await queue.find([...shadow.tasks.map(({ id }) => id), ...shadow.removed]);
  const tasks = found.slice(0, shadow.tasks.length);
  expect(found.slice(shadow.tasks.length).filter((task) => task !== null)).toEqual([]);
  const pairs = shadow.tasks.map((task, index) => ({ task, there: tasks[index] ?? null }));
  for (const { task, there } of pairs) {
    if (!there) throw new Error(`I1: task ${task.id} (${task.kind}, ${task.status}) is lost`);
    expect(actual(there, task.leaseUntil > 0)).toEqual(expected(shadow, task));
    checkTime(task, Date.parse(there.runAt));
  }
  const { items } = await queue.list({ limit: 200 });
  expect(items.length, "tasks in all").toBe(Math.min(200, shadow.tasks.length));
  return pairs.flatMap(({ there }) => (there ? [there] : []));
};
