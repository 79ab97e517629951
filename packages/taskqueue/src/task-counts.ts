import { TASK_STATUSES, type TaskStatus } from "@chapterhouse/domain";
import type { TaskCounts } from "./ports.ts";

export interface CountRow {
  readonly kind: string;
  readonly status: TaskStatus;
  readonly n: number;
}

const none = (): Record<TaskStatus, number> =>
  Object.fromEntries(TASK_STATUSES.map((status) => [status, 0])) as Record<TaskStatus, number>;

/** Every status of every kind that has tasks, with 0 where there are none. */
export const countsByKind = (rows: Iterable<CountRow>): TaskCounts => {
  const counts: Record<string, Record<TaskStatus, number>> = {};
  for (const { kind, status, n } of rows) {
    counts[kind] ??= none();
    counts[kind][status] += n;
  }
  return counts;
};
