import type { TaskStatus } from "@chapterhouse/domain";
import { rollUp } from "../roll-up.ts";
import type { TaskStore } from "./task-store.ts";

const AT_WORK: ReadonlySet<TaskStatus> = new Set(["running", "waiting", "cancelling"]);

/** `TaskQueue.rollUp`, by looking at everything: PocketBase finds those at work by its indexes. */
export const rollUpStore = (store: TaskStore): ReadonlyMap<string, number> =>
  rollUp([...store.rows.values()].filter(({ status }) => AT_WORK.has(status)));
