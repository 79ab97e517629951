import { TASK_EVENTS, type Task, type TaskStatus, transition } from "@chapterhouse/domain";
import { expect } from "vitest";
import type { ChangeFeed } from "../../../src/index.ts";

/** Looks at the log's news beside `tasks`, which are all that there are. */
export type LogWitness = (tasks: readonly Task[]) => Promise<void>;

/** Whether an event makes the one of the other. */
const follows = (before: TaskStatus, after: TaskStatus): boolean =>
  TASK_EVENTS.some((event) => transition(before, event) === after);

/**
 * Follows the log of changes from an empty queue on: each change of a status is in it once, in order, and none is left
 * out but the addition of pending children.
 */
export const witnessLog = async (feed: ChangeFeed): Promise<LogWitness> => {
  const said = new Map<string, TaskStatus>();
  let { last } = await feed.read(null, 1);
  const statusOf = ({ id, parent }: Pick<Task, "id" | "parent">): TaskStatus | undefined =>
    said.get(id) ?? (parent === null ? undefined : "pending");
  return async (tasks) => {
    const answer = await feed.read(last, 10_000);
    expect([answer.isGap, answer.more], "the log of changes has a gap, or more than there can be").toEqual([
      false,
      false,
    ]);
    ({ last } = answer);
    for (const change of answer.changes) {
      const { id, status, isNew, progress } = change;
      if (progress) continue;
      const before = statusOf(change);
      const isSound = isNew ? !said.has(id) : before !== undefined && follows(before, status);
      expect(isSound, `the log: ${id} went from ${before} to ${status}`).toBe(true);
      said.set(id, status);
    }
    for (const task of tasks) expect(statusOf(task), `the log's last word on ${task.id}`).toBe(task.status);
  };
};
