import type { Task } from "@chapterhouse/domain";
import type { QueuedTask } from "@chapterhouse/domain";

/** A task as the page holds it: in a list of jobs, alone, or as a part of another. */
export type HeldTask = Task & Partial<Pick<QueuedTask, "overall" | "subject">>;

/** Every shape that holds tasks in the page's cache; anything else is left as it is. */
interface Holder {
  readonly pages?: readonly unknown[];
  readonly items?: readonly unknown[];
  readonly task?: unknown;
}

/**
 * `data` with `change` done to every task in it: a task, an item `{ index, task }`, a list `{ items }` with or without
 * the task that it belongs to, or pages of such lists. Whatever holds no changed task stays the same object, so that
 * nothing renders for it.
 */
export const withTasks = (data: unknown, change: (task: HeldTask) => HeldTask): unknown => {
  if (typeof data !== "object" || data === null) return data;
  if ("payload" in data && "status" in data) return change(data as HeldTask);
  const { pages, items, task } = data as Holder;
  const next = { pages: eachOf(pages, change), items: eachOf(items, change), task: withTasks(task, change) };
  if (next.pages === pages && next.items === items && next.task === task) return data;
  return {
    ...data,
    ...(pages !== undefined && { pages: next.pages }),
    ...(items !== undefined && { items: next.items }),
    ...(task !== undefined && { task: next.task }),
  };
};

const eachOf = (list: readonly unknown[] | undefined, change: (task: HeldTask) => HeldTask) => {
  if (list === undefined) return list;
  const next = list.map((each) => withTasks(each, change));
  return next.every((each, index) => each === list[index]) ? list : next;
};
