import type { LiveEvent } from "@chapterhouse/domain";
import type { ChangeFeed, ChangesAnswer, TaskChange, TaskQueue } from "@chapterhouse/taskqueue";
import type { FastifyBaseLogger } from "fastify";
import type { Overalls } from "../overall.ts";
import { Follower } from "./follower.ts";
import { readHistory } from "./history.ts";
import { afterCall, comparePositions, type Position } from "./position.ts";
import type { Ring } from "./ring.ts";
import { tell, tellChange } from "./told.ts";
import { Updates } from "./updates.ts";

export interface FollowingOptions {
  readonly feed: ChangeFeed;
  readonly queue: Pick<TaskQueue, "find">;
  readonly overalls: Pick<Overalls, "of">;
  readonly ring: Ring;
  /** There is something new in the ring. */
  readonly onNews: () => void;
  /** Events were missed: everyone reads anew and goes on from here. */
  readonly onGap: (position: Position) => void;
  /** ms since some moment; never goes back. */
  readonly ticks: () => number;
  readonly log: FastifyBaseLogger;
}

/** Fills the ring from the store's log: from where the log stands at first, and backwards when a client asks for it. */
export class Following {
  readonly #options: FollowingOptions;
  readonly #follower: Follower;
  readonly #updates: Updates;
  readonly #established = Promise.withResolvers<void>();
  #head: Position | null = null;
  #backwards: Promise<unknown> = Promise.resolve();

  constructor(options: FollowingOptions) {
    this.#options = options;
    const { feed, queue, overalls, ticks, log } = options;
    this.#updates = new Updates({
      queue,
      overalls,
      ticks,
      publish: (events, reports) => this.#publish(events, reports),
    });
    this.#follower = new Follower({
      feed,
      ticks,
      log,
      onAnswer: (answer) => this.#take(answer),
      onGap: (last) => this.#skip(last),
    });
  }

  /** How far the log was read; null before it was. */
  get head(): Position | null {
    return this.#head;
  }

  /** Resolves when it is known where the log stands, which takes until the store answers. */
  get established(): Promise<void> {
    return this.#established.promise;
  }

  /** Does what it can to have all that is after `position` in the ring. */
  async reach(position: Position): Promise<void> {
    // Another backend may have read further already.
    if (this.#isAhead(position)) await this.#follower.readNow();
    // One reading serves all who come back at the same time.
    this.#backwards = this.#backwards.then(() => this.#readBack(position));
    await this.#backwards;
  }

  /** Whether all that is after `position` is in the ring. One beyond the end of the log is of another log. */
  reaches(position: Position): boolean {
    return !this.#isAhead(position) && comparePositions(position, this.#options.ring.since) >= 0;
  }

  stop(): void {
    this.#follower.stop();
    this.#updates.stop();
  }

  #isAhead(position: Position): boolean {
    return this.#head === null || position.seq > this.#head.seq;
  }

  async #readBack(position: Position): Promise<void> {
    if (this.#isAhead(position) || this.reaches(position)) return;
    const { feed, ring, log } = this.#options;
    try {
      const older = await readHistory(feed, ring, position);
      if (!older) return;
      const told = older.filter((change) => comparePositions(change, position) > 0).map((change) => tellChange(change));
      if (!ring.putBefore(told, position)) return;
      // Counts and progress are in no log: they are told as they are by now, also what the last that it heard has moved.
      for (const change of older) this.#updates.note(change);
    } catch (err) {
      log.debug({ err }, "what a client missed cannot be read");
    }
  }

  #take({ changes, last }: ChangesAnswer): void {
    const { ring, onNews } = this.#options;
    if (this.#head === null) return this.#establish(last);
    for (const change of changes) {
      this.#updates.note(change);
      if (change.progress === null) ring.push(tellChange(change));
    }
    this.#head = afterCall(last);
    if (changes.length > 0) onNews();
  }

  #establish(last: number): void {
    this.#head = afterCall(last);
    this.#options.ring.clear(this.#head);
    this.#established.resolve();
  }

  #skip(last: number): void {
    this.#establish(last);
    this.#updates.clear();
    this.#options.onGap(afterCall(last));
  }

  #publish(events: readonly LiveEvent[], reports: readonly TaskChange[]): void {
    const { ring, onNews } = this.#options;
    if (this.#head === null) return;
    for (const event of events) ring.push(tell(event, this.#head));
    for (const report of reports) ring.push(tellChange(report, this.#head));
    onNews();
  }
}
