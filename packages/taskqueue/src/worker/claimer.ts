import type { TaskEvents } from "../events.ts";
import type { TaskLogger } from "../handler.ts";
import type { ClaimAnswer, ClaimRequest, TaskQueue } from "../ports.ts";
import { Alarm } from "./alarm.ts";
import { Backoff } from "./backoff.ts";
import { nextTurn } from "./clock.ts";
import type { WorkerOptions } from "./worker-options.ts";

export interface ClaimerOptions {
  readonly queue: TaskQueue;
  /** What all claims say alike. */
  readonly request: Omit<ClaimRequest, "limit" | "prefetch" | "forbiddenFlags" | "exceptLanes">;
  readonly forbiddenFlags: NonNullable<WorkerOptions["forbiddenFlags"]>;
  readonly stoppedLanes: ReadonlySet<string>;
  readonly pollMs: number;
  readonly log: TaskLogger;
  readonly events: TaskEvents;
  readonly now: () => number;
  readonly ticks: () => number;
  readonly random: () => number;
  readonly room: () => Room;
  /** `askedAt` is by `ticks`, before the call. `isAll`: nothing else was claimable. */
  readonly onAnswer: (answer: ClaimAnswer, askedAt: number, isAll: boolean) => void;
  /** A round is over, whatever it brought. */
  readonly onRound: () => void;
}

/** How many tasks there are slots for, and how many more may be kept to go on with. */
export interface Room {
  readonly free: number;
  readonly ahead: number;
}

/** The queue's clock may be that much behind ours. */
const CLOCKS_APART_MS = 50;

/** Claims what there is room for, whenever it is rung, and every `pollMs`. One call at a time. */
export class Claimer {
  readonly running: Promise<void>;
  readonly #options: ClaimerOptions;
  readonly #alarm = new Alarm();
  /** The last answer brought all that was asked for: there may be more to keep. */
  #isPlenty = true;
  #isStopped = false;

  constructor(options: ClaimerOptions) {
    this.#options = options;
    this.running = this.#run();
  }

  ring(): void {
    this.#alarm.ring();
  }

  stop(): void {
    this.#isStopped = true;
    this.#alarm.ring();
  }

  async #run(): Promise<void> {
    const { pollMs, log, events, random, request, room, onRound } = this.#options;
    const backoff = new Backoff(random);
    while (!this.#isStopped) {
      let sleepMs = pollMs;
      const { free, ahead } = room();
      try {
        if (free > 0 || (ahead > 0 && this.#isPlenty)) sleepMs = await this.#claim(free, ahead);
        backoff.succeeded();
      } catch (error) {
        sleepMs = backoff.failed();
        log.warn({ err: error, retryInMs: Math.round(sleepMs) }, "cannot claim");
        events.emit("worker:claim:error", { runner: request.runner, error });
      }
      onRound();
      await this.#alarm.sleep(sleepMs);
      // All slots that came free in this turn of the event loop go into one claim.
      await nextTurn();
    }
  }

  /** Answers how long to sleep when nothing rings. */
  async #claim(limit: number, prefetch: number): Promise<number> {
    const { queue, request, stoppedLanes, pollMs, events, now, ticks, onAnswer } = this.#options;
    const forbiddenFlags = await this.#forbiddenFlags();
    events.emit("worker:claim:start", { runner: request.runner, limit, prefetch });
    const askedAt = ticks();
    const answer = await queue.claim({
      ...request,
      limit,
      ...(prefetch > 0 && { prefetch }),
      ...(forbiddenFlags.length > 0 && { forbiddenFlags }),
      ...(stoppedLanes.size > 0 && { exceptLanes: [...stoppedLanes] }),
    });
    const { nextAt } = answer;
    const count = answer.tasks.length;
    this.#isPlenty = count >= limit + prefetch;
    if (count === 0) events.emit("worker:claim:empty", { runner: request.runner, nextAt });
    onAnswer(answer, askedAt, count < limit);
    if (count >= limit || nextAt === null) return pollMs;
    const wait = nextAt - now();
    // Past already although it was not claimable: the queue's clock is behind ours.
    return Math.min(pollMs, wait > 0 ? wait : CLOCKS_APART_MS);
  }

  async #forbiddenFlags(): Promise<readonly string[]> {
    const { forbiddenFlags } = this.#options;
    return typeof forbiddenFlags === "function" ? forbiddenFlags() : forbiddenFlags;
  }
}
