import type { LogLine, Page, Task, TaskStatus } from "@chapterhouse/domain";
import type { LaneSwitches } from "./lanes.ts";

/** Which tasks an operator means: by id, or all that fit every given field. An empty filter means all tasks. */
export type TaskSelection = { readonly ids: readonly string[] } | { readonly filter: TaskMatch };

export interface TaskMatch {
  readonly status?: readonly TaskStatus[];
  readonly kinds?: readonly string[];
  readonly lane?: string;
  readonly parent?: string | null;
  readonly group?: string;
  /** The code of the last failure. */
  readonly errorCode?: string;
  /** Added before; ms since the epoch. */
  readonly addedBefore?: number;
}

/**
 * What is done, and to which of the selected tasks, in the order of their addition; the others are passed over. None of
 * them touches a task that somebody holds a lease of (`cancel` asks its handler to stop).
 */
export type TaskAction =
  /** pending, paused, failed, cancelled → done, with `result`. */
  | { readonly type: "complete"; readonly result?: Record<string, unknown> }
  /** pending, paused → failed, FAILED_BY_OPERATOR with `reason`. */
  | { readonly type: "fail"; readonly reason: string }
  /**
   * pending, paused: changes what is given. failed, cancelled: the same after a redrive, whose `attempts` 0 may be
   * overridden. `attempts` stay below `maxAttempts`, so that one is left. Times in ms since the epoch.
   */
  | {
      readonly type: "reschedule";
      readonly runAt?: number;
      readonly priority?: number;
      readonly attempts?: number;
      readonly maxAttempts?: number;
    }
  /**
   * failed, cancelled → pending now, attempts and crashes from 0. Passed over while a live task has its key. One that was
   * added with its children waits again instead, with those of them that failed or were cancelled tried again; its own
   * handler's failure after them is tried again without them. Where none of them failed or was cancelled any more, since
   * they were tried again one by one, it goes on, or is done.
   */
  | { readonly type: "redrive" }
  /**
   * Waiting, done, failed and cancelled tasks with children: all below that failed by themselves (with `cancelled`: and
   * that were cancelled) → pending now, as by redrive; the ended parents between, the task itself, and those above that
   * ended because of it → waiting, attempts and crashes from 0. What is done stays done. Passed over where nothing is to
   * be tried again, and with all below it where a live task has its key. A parent whose own part may not be over (it failed
   * by itself or was cancelled itself, and was not added with its children) runs from the start instead of waiting.
   */
  | { readonly type: "retry_children"; readonly cancelled?: boolean }
  /** pending → paused. */
  | { readonly type: "hold" }
  /** paused → pending. */
  | { readonly type: "resume" }
  /** Any live task, with its live descendants. */
  | { readonly type: "cancel" }
  /** pending, paused and terminal ones are deleted, with all their descendants; passed over while a descendant is held. */
  | { readonly type: "remove" };

export interface ActionAnswer {
  /** Selected tasks in a status that the action is for, those that are passed over included. */
  readonly matched: number;
  /**
   * How many of the selected changed; descendants that went with them are not counted. 0 for a preview. At most
   * `MOST_ACTED_ON` a call: ask again until it is 0.
   */
  readonly changed: number;
  /** The changed ones as they are now (as they were, when removed), at most 100. */
  readonly tasks: readonly Task[];
}

export const MOST_ACTED_ON = 1000;

/**
 * How long ended tasks without a parent are kept: those that ended at least `maxAgeMs` ago and those beyond the newest
 * `maxCount` go, oldest first. Children go with their root, and a root stays while anything below it lives.
 */
export type Retention = Readonly<
  Partial<Record<"done" | "failed" | "cancelled", { readonly maxAgeMs?: number; readonly maxCount?: number }>>
>;

export interface Pruned {
  /** Tasks removed, children included. */
  readonly removed: number;
  /** There is more to remove: ask again. At most 1000 tasks a call, so that no other write waits long. */
  readonly more: boolean;
}

/** Why a task does not run: one sentence for people, and its stable reason. */
export interface Why {
  readonly taskId: string;
  readonly reason:
    | "running"
    | "ended"
    | "held"
    | "cancelling"
    | "children"
    | "behind_its_key"
    | "not_due"
    | "lane_paused"
    | "lane_blocked"
    | "lane_gap"
    | "lane_rate"
    | "lane_full"
    | "kind_disabled"
    | "no_handler"
    | "no_runner"
    | "runners_busy"
    | "next";
  readonly sentence: string;
  /** ISO 8601, when it is known when this ends; else null. */
  readonly until: string | null;
}

/** What an operator may do. For the backend alone. */
export interface Admin extends LaneSwitches {
  /** With `preview`, only counts. */
  act(action: TaskAction, on: TaskSelection, options?: { readonly preview?: boolean }): Promise<ActionAnswer>;
  /** Null: no such task. */
  why(taskId: string): Promise<Why | null>;
  /** Newest first; `failures` alone are the error log of the attempts. */
  readLog(
    taskId: string,
    query: { readonly limit: number; readonly cursor?: string; readonly failures?: boolean },
  ): Promise<Page<LogLine>>;
  /**
   * Takes back all that a dead runner holds, now, no attempt or crash counted. Throws `RUNNER_NOT_FOUND`; `RUNNER_ALIVE`
   * while it beats, unless forced. A zombie's later writes are refused as always.
   */
  releaseRunner(runner: string, options?: { readonly force?: boolean }): Promise<{ readonly released: number }>;
  prune(retention: Retention): Promise<Pruned>;
}
