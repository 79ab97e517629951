import type { ChangeFeed, ChangesAnswer } from "@chapterhouse/taskqueue";
import type { FastifyBaseLogger } from "fastify";

/** How many changes are asked for at a time. */
const PAGE = 500;
/** Without a hint. What a page shows is never wrong for longer. */
const POLL_MS = 1000;
/** However many hints come. */
const SPACING_MS = 25;
const LONGEST_BACKOFF_MS = 5000;

export interface FollowerOptions {
  readonly feed: ChangeFeed;
  /** What was read, in order; the first answer only says where the log stands. */
  readonly onAnswer: (answer: ChangesAnswer) => void;
  /** Changes were missed; it goes on after call `last`. */
  readonly onGap: (last: number) => void;
  /** ms since some moment; never goes back. */
  readonly ticks: () => number;
  readonly log: FastifyBaseLogger;
}

/** Reads the log of changes as it grows, from when it is made until it is stopped. */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #unsubscribe: Promise<() => Promise<void>>;
  #last: number | null = null;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  #isReading = false;
  #beganAt = Number.NEGATIVE_INFINITY;
  #wokenAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #waiting: (() => void)[] = [];

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#unsubscribe = options.feed.subscribe(() => this.wake());
    this.#unsubscribe.catch((err: unknown) => options.log.warn({ err }, "no hints of changes; reading every second"));
    this.#plan(0);
  }

  /** Reads soon. */
  wake(): void {
    this.#wokenAt = this.#options.ticks();
    this.#failures = 0;
    if (!this.#isReading) this.#plan(this.#beganAt + SPACING_MS - this.#wokenAt);
  }

  /** Resolves after a reading that began after this call, however it ended. */
  async readNow(): Promise<void> {
    const read = Promise.withResolvers<void>();
    this.#waiting.push(read.resolve);
    this.wake();
    await read.promise;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const resolve of this.#waiting.splice(0)) resolve();
    this.#unsubscribe.then((unsubscribe) => unsubscribe()).catch(() => {});
  }

  #plan(delayMs: number): void {
    clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#turn(), Math.max(0, delayMs)).unref();
  }

  async #turn(): Promise<void> {
    const { ticks, log } = this.#options;
    this.#isReading = true;
    this.#beganAt = ticks();
    const served = this.#waiting.splice(0);
    try {
      await this.#read();
      this.#failures = 0;
    } catch (err) {
      this.#failures += 1;
      if (this.#failures === 1) log.warn({ err }, "changes cannot be read; trying again");
    }
    this.#isReading = false;
    for (const resolve of served) resolve();
    this.#plan(this.#delay(ticks()));
  }

  #delay(now: number): number {
    if (this.#wokenAt >= this.#beganAt && this.#failures === 0) return this.#beganAt + SPACING_MS - now;
    if (this.#failures > 0) return Math.min(LONGEST_BACKOFF_MS, (POLL_MS / 4) * 2 ** (this.#failures - 1));
    return POLL_MS;
  }

  async #read(): Promise<void> {
    const { feed, onAnswer, onGap, log } = this.#options;
    for (let isMore = true; isMore;) {
      const answer = await feed.read(this.#last, PAGE);
      if (this.#stopped) return;
      // A log that ends before what was read is another one: the store was put back from a backup.
      const isGap = answer.isGap || answer.last < (this.#last ?? 0);
      this.#last = answer.last;
      isMore = answer.more;
      if (isGap) {
        log.warn({ last: answer.last }, "changes were missed; clients are told to read anew");
        onGap(answer.last);
      } else onAnswer(answer);
    }
  }
}
