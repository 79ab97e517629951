import type { Task } from "@chapterhouse/domain";
import { type TaskQueue } from "@chapterhouse/taskqueue";
import type { Journal } from "./journal.ts";

/** The queue, with every answer of a fenced write in the journal, and what was last claimed. */
export const journalled = (
  queue: TaskQueue,
  journal: Journal,
): { readonly queue: TaskQueue; readonly claimed: Map<string, Task> } => {
  const claimed = new Map<string, Task>();
  const own: Pick<TaskQueue, "claim" | "settle" | "add" | "reap"> = {
    claim: async (request) => {
      const answer = await queue.claim(request);
      for (const task of answer.tasks) claimed.set(task.id, task);
      return answer;
    },
    settle: async (settlements) => {
      const answer = await queue.settle(settlements);
      for (const [index, { status }] of answer.entries()) {
        const { taskId: task = "", lease = 0, outcome } = settlements[index] ?? {};
        journal.write({ type: "settled", task, lease, outcome: outcome?.type ?? "", status, late: false });
        claimed.delete(task);
      }
      return answer;
    },
    reap: async (staleAfterMs) => {
      const answer = await queue.reap(staleAfterMs);
      const { repaired } = answer;
      if (repaired > 0) journal.write({ type: "defect", message: `the reaper had to put ${repaired} parents right` });
      return answer;
    },
    add: async (tasks, parent) => {
      const added = await queue.add(tasks, parent);
      const ids = added.map(({ task }) => task.id);
      if (parent) {
        const { taskId: task, lease } = parent;
        journal.write({ type: "children", task, lease, ids, accepted: true, late: false });
      }
      return added;
    },
  };
  return {
    queue: new Proxy(queue, {
      get: (target, name) => {
        if (name in own) return own[name as keyof typeof own];
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? (value as (...args: unknown[]) => unknown).bind(target) : value;
      },
    }),
    claimed,
  };
};
