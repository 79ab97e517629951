import { TASK_EVENTS, type Task, type TaskStatus, transition } from "@chapterhouse/domain";
import { expect } from "vitest";
import type { ChangeFeed } from "../../../src/index.ts";

/** Whether an event makes the one of the other. */
const follows = (before: TaskStatus, after: TaskStatus): boolean =>
  TASK_EVENTS.some((event) => transition(before, event) === after);

/** Follows the log of changes beside the tasks: each change of a status is in it once, in order, and none is left out. */
export class LogWitness {
  readonly #feed: ChangeFeed;
  readonly #said = new Map<string, TaskStatus>();
  #last: number;

  private constructor(feed: ChangeFeed, last: number) {
    this.#feed = feed;
    this.#last = last;
  }

  /** From an empty queue on. */
  static async begin(feed: ChangeFeed): Promise<LogWitness> {
    return new LogWitness(feed, (await feed.read(null, 1)).last);
  }

  /** `tasks` are all that there are. */
  async check(tasks: readonly Task[]): Promise<void> {
    const { changes, last, isGap, more } = await this.#feed.read(this.#last, 10_000);
    expect([isGap, more], "the log of changes has a gap").toEqual([false, false]);
    this.#last = last;
    for (const { id, parent, status, isNew, progress } of changes) {
      if (progress) continue;
      const before = this.#said.get(id) ?? (parent === null ? undefined : "pending");
      const isSound = isNew ? !this.#said.has(id) : before !== undefined && follows(before, status);
      expect(isSound, `the log: ${id} went from ${before} to ${status}`).toBe(true);
      this.#said.set(id, status);
    }
    for (const { id, parent, status } of tasks) {
      const said = this.#said.get(id) ?? (parent === null ? undefined : "pending");
      expect(said, `the log's last word on ${id}`).toBe(status);
    }
  }
}
