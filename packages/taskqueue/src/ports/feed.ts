import type { Progress, TaskStatus } from "@chapterhouse/domain";

/** What happened to a task: it came to be in this status, or (with `progress`) said how far it is. */
export interface TaskChange {
  /**
   * Of the call that changed it; grows, with gaps. A call's changes share it, and come together; tasks that are moved for
   * another reason than their own claim or settlement (an operator's, their children's) may have one each.
   */
  readonly seq: number;
  /** Of this change among its call's, from 0. */
  readonly index: number;
  /** ms since the epoch. */
  readonly at: number;
  readonly id: string;
  readonly kind: string;
  readonly parent: string | null;
  readonly status: TaskStatus;
  readonly isNew: boolean;
  /** Null unless this is a report of a running task. */
  readonly progress: Progress | null;
}

export interface ChangesAnswer {
  /** Oldest first. Children that were added as pending are left out: their parent's counts say them. */
  readonly changes: readonly TaskChange[];
  /** The last call that was read, to be read after next time. */
  readonly last: number;
  /**
   * Changes after the asked one are no longer there: whoever asks must read anew what it shows. Then `changes` is empty
   * and `last` is where the log stands now.
   */
  readonly isGap: boolean;
  /** There is more already. */
  readonly more: boolean;
}

/**
 * What changed, in the order of the commits, from a log that keeps at least the last 10,000 calls of ten minutes. Each
 * change of a status is in it exactly once; reports may be left out when newer ones came. Of a task that is removed
 * nothing is said, and what was said before is no longer read.
 */
export interface ChangeFeed {
  /** Whole calls, until at least `limit` changes are read. `after` null: nothing, only where the log stands now. */
  read(after: number | null, limit: number): Promise<ChangesAnswer>;
  /** A hint that something changed; late, doubled or lost at times, and given whenever the connection was made anew. */
  subscribe(wake: () => void): Promise<() => Promise<void>>;
}
