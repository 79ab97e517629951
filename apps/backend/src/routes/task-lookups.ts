import { ChapterhouseError, LIVE_STATUSES, TERMINAL_STATUSES, type Task, type TaskStatus } from "@chapterhouse/domain";
import type { TaskQueue } from "@chapterhouse/taskqueue";
import { type Caller, checkKind } from "../auth/access.ts";

export const statusesOf = (asked: TaskStatus | "live" | "terminal"): readonly TaskStatus[] => {
  if (asked === "live") return LIVE_STATUSES;
  return asked === "terminal" ? TERMINAL_STATUSES : [asked];
};

/** Throws `TASK_NOT_FOUND`. */
export const requireTask = async (queue: Pick<TaskQueue, "find">, id: string): Promise<Task> => {
  const [task] = await queue.find([id]);
  if (task) return task;
  throw new ChapterhouseError("TASK_NOT_FOUND", "No such task", { details: { id } });
};

/** Asks a task and all below it to end; one that has ended is answered as it is. Throws `TASK_NOT_FOUND`, `FORBIDDEN`. */
export const cancelAs = async (caller: Caller, queue: TaskQueue, id: string): Promise<Task> => {
  const before = await requireTask(queue, id);
  checkKind(caller, before.kind);
  const [cancelled] = await queue.cancel([id]);
  return cancelled?.task ?? before;
};
