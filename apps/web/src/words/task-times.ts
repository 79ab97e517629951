import type { Task } from "@chapterhouse/domain";
import { ago, span } from "./time.ts";

type Times = Pick<Task, "status" | "createdAt" | "startedAt" | "finishedAt" | "runAt">;

/** When it was asked for, began or ended, and how long that took or has taken. `now` in ms since the epoch. */
export const taskTimes = (task: Times, now: number): string => {
  const { createdAt, startedAt, finishedAt, runAt } = task;
  if (finishedAt !== null) {
    const took = startedAt === null ? "" : `, took ${span(Date.parse(finishedAt) - Date.parse(startedAt))}`;
    return `ended ${ago(Date.parse(finishedAt), now)}${took}`;
  }
  if (task.status === "pending" && Date.parse(runAt) > now + 1_000) return `again ${ago(Date.parse(runAt), now)}`;
  if (task.status !== "pending" && startedAt !== null) return `began ${ago(Date.parse(startedAt), now)}`;
  return `asked for ${ago(Date.parse(createdAt), now)}`;
};
