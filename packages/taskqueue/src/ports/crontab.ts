import type { CronItem, CronSpec } from "@chapterhouse/domain";
import type { NewTask } from "./queue.ts";

/** One firing: the item's clock moves from `expected` to `next` and the tasks are added, both or neither. */
export interface CronFiring {
  readonly identifier: string;
  /** The item's `nextAt` that the caller saw; when it is another by now, someone else fired it. ms since the epoch. */
  readonly expected: number;
  readonly next: number;
  /** The item's `lastAt` from now on: the last time it fires for. Without tasks (all were missed) it stays. */
  readonly at: number;
  /** Their `createdBy` is `cron:IDENTIFIER`, whatever they say. */
  readonly tasks: readonly NewTask[];
}

/** Where cron items are kept. The schedule itself is worked out by the callers (packages/taskqueue/src/cron). */
export interface Crontab {
  /**
   * Makes or changes items of one source (`file`, `code`, `api`), each with its first `nextAt`. With `exact`, items of
   * that source that are not named are removed. A schedule that did not change (text and zone) keeps its `nextAt`; `paused` is kept.
   * An identifier that another source has is refused with `CRON_INVALID`, and then nothing is changed.
   */
  saveCron(
    source: CronItem["source"],
    items: readonly (CronSpec & { readonly nextAt: number })[],
    options?: { readonly exact?: boolean },
  ): Promise<void>;
  listCron(): Promise<readonly CronItem[]>;
  /** Those due at `now` by the queue's clock, not paused; and the time of the next one after `now`. */
  dueCron(): Promise<{ readonly now: number; readonly due: readonly CronItem[]; readonly nextAt: number | null }>;
  /** True for exactly one caller of each firing. */
  fireCron(firing: CronFiring): Promise<boolean>;
  /** These throw `CRON_NOT_FOUND`. Resuming gives the next time from now: what was missed while paused stays missed. */
  pauseCron(identifier: string): Promise<CronItem>;
  resumeCron(identifier: string, nextAt: number): Promise<CronItem>;
  removeCron(identifier: string): Promise<void>;
}
