import type { Task } from "@chapterhouse/domain";
import { expect } from "vitest";
import type { Real } from "./real.ts";

// The invariants of docs/guarantees.md that can be read off a state, or off two states one after the other. They know
// nothing of the shadow: a mistake that both it and the queue make is found here.

const LIVE = new Set(["pending", "running", "waiting", "cancelling", "paused"]);
const countBy = <T>(items: readonly T[], by: (item: T) => string): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const item of items) counts[by(item)] = (counts[by(item)] ?? 0) + 1;
  return counts;
};

const keysHold = (tasks: readonly Task[]): void => {
  const keyed = tasks.filter(({ key, status }) => key !== null && LIVE.has(status));
  for (const [key, count] of Object.entries(countBy(keyed, (task) => `${task.key}`))) {
    expect(count, `I10: live tasks with key ${key}`).toBeLessThanOrEqual(2);
    const held = keyed.filter((task) => task.key === key && !["pending", "paused"].includes(task.status)).length;
    expect(held, `I10: tasks at work with key ${key}`).toBeLessThanOrEqual(1);
  }
};

const parentsEnd = (tasks: readonly Task[], isHeld: (task: Task) => boolean): void => {
  const parents = tasks.filter((task) => (task.status === "waiting" || task.status === "cancelling") && !isHeld(task));
  for (const parent of parents) {
    const live = tasks.filter((task) => task.parent === parent.id && LIVE.has(task.status)).length;
    expect(live, `I12: live children of ${parent.id}, which is ${parent.status}`).toBeGreaterThan(0);
  }
};

/** What earlier attempts left behind is in no count, and is neither live nor done. */
const childrenAreCounted = (tasks: readonly Task[]): void => {
  for (const { id, children } of tasks) {
    const below = tasks.filter(({ parent }) => parent === id);
    const live = below.filter(({ status }) => LIVE.has(status)).length;
    const done = below.filter(({ status }) => status === "done").length;
    const said = { live: children.total - children.done - children.failed - children.cancelled, done: children.done };
    expect(said, `I11: children of ${id}`).toEqual({ live, done });
  }
};

/** Whoever waits is no continuation yet; children's failures are an error only where the policy says so. */
const policiesHold = (tasks: readonly Task[]): void => {
  for (const { id, status, continuation, error, onChildFailure } of tasks) {
    if (status === "waiting") expect(continuation, `${id} waits and has gone on`).toBe(false);
    if (status === "done" && error) expect(onChildFailure, `I12: ${id} is done with errors`).toBe("finish_with_errors");
    if (status !== "failed" || error?.code !== "CHILDREN_FAILED") continue;
    expect(onChildFailure, `I12: ${id} failed by its children`).toBe("fail");
  }
};

const countsAreExact = async (tasks: readonly Task[], real: Real): Promise<void> => {
  const counts = await real.backend.queue.counts();
  const said = Object.entries(counts).flatMap(([kind, by]) =>
    Object.entries(by)
      .filter(([, count]) => count !== 0)
      .map(([status, count]) => [`${kind} ${status}`, count] as const),
  );
  expect(Object.fromEntries(said), "I11: counts by kind and status").toEqual(
    countBy(tasks, ({ kind, status }) => `${kind} ${status}`),
  );
};

const lanesAreExact = async (tasks: readonly Task[], held: readonly Task[], real: Real): Promise<void> => {
  const lanes = await real.backend.queue.listLanes(100);
  const busy = lanes.filter(({ running, pending }) => running + pending > 0);
  const pending = countBy(
    tasks.filter(({ status }) => status === "pending"),
    ({ lane }) => lane,
  );
  const running = countBy(held, ({ lane }) => lane);
  const names = new Set([...Object.keys(pending), ...Object.keys(running)]);
  const counted = [...names].map((name) => ({ name, running: running[name] ?? 0, pending: pending[name] ?? 0 }));
  const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
  expect(
    busy.map((lane) => ({ name: lane.name, running: lane.running, pending: lane.pending })).toSorted(byName),
    "I11: lanes with work",
  ).toEqual(counted.toSorted(byName));
};

/** `held` are the ids of tasks that somebody holds a lease of; `before` the leases as they last were. */
export const checkInvariants = async (
  tasks: readonly Task[],
  held: ReadonlySet<string>,
  before: Map<string, number>,
  real: Real,
): Promise<void> => {
  for (const task of tasks) {
    expect(task.lease, `I3: the lease of ${task.id}`).toBeGreaterThanOrEqual(before.get(task.id) ?? 0);
    before.set(task.id, task.lease);
    expect(task.attempts, `I7: attempts of ${task.id}`).toBeLessThanOrEqual(task.maxAttempts);
    expect(task.attempts, `I7: attempts of ${task.id}`).toBeGreaterThanOrEqual(0);
    expect(task.crashes, `I8: crashes of ${task.id}`).toBeLessThanOrEqual(3);
  }
  const isHeld = (task: Task) => held.has(task.id);
  keysHold(tasks);
  parentsEnd(tasks, isHeld);
  childrenAreCounted(tasks);
  policiesHold(tasks);
  await countsAreExact(tasks, real);
  await lanesAreExact(tasks, tasks.filter(isHeld), real);
  expect((await real.audit?.()) ?? [], "I11: what the store keeps beside the tasks").toEqual([]);
};
