import { setTimeout as sleep } from "node:timers/promises";
import type { Task } from "@chapterhouse/domain";
import type { WatchedTask } from "./describe-task.ts";
import { ChapterhouseError, isTerminal } from "@chapterhouse/domain";

export interface WatchOptions {
  /** Called with all tasks, in their order, after every look. */
  readonly onChange?: (tasks: readonly WatchedTask[]) => void;
  /** Ends the watching, not the tasks. */
  readonly signal: AbortSignal;
  /** Between two looks, ms. */
  readonly pollMs?: number;
  /** How long the server may be away, ms, before `SERVER_UNREACHABLE` is thrown: a restart must not end a wait. */
  readonly patienceMs?: number;
}

/** The part of the API that watching needs. */
export interface TaskSource {
  readonly task: (id: string) => Promise<WatchedTask>;
}

/** So many of the oldest unfinished tasks are asked about in one look, however many are waited for. */
const MOST_ASKED = 12;

/** Looks until every task is terminal or the signal fires, and returns them as last seen. */
export const watchTasks = async (
  client: TaskSource,
  tasks: readonly Task[],
  { onChange, signal, pollMs = 500, patienceMs = 60_000 }: WatchOptions,
): Promise<readonly WatchedTask[]> => {
  const seen = new Map<string, WatchedTask>(tasks.map((task) => [task.id, task]));
  let answeredAt = performance.now();
  for (;;) {
    onChange?.([...seen.values()]);
    const unfinished = [...seen.values()].filter((task) => !isTerminal(task.status)).slice(0, MOST_ASKED);
    if (unfinished.length === 0 || signal.aborted) return [...seen.values()];
    try {
      for (const task of await Promise.all(unfinished.map(({ id }) => client.task(id)))) seen.set(task.id, task);
      answeredAt = performance.now();
    } catch (error) {
      const isAway = error instanceof ChapterhouseError && error.status === 503;
      if (!isAway || performance.now() - answeredAt > patienceMs) throw error;
    }
    // An abort ends the pause early; the loop's head then ends the watching.
    await sleep(pollMs, undefined, { signal }).catch(() => {});
  }
};
