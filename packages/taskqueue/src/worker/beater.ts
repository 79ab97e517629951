import { ChapterhouseError } from "@chapterhouse/domain";
import type { Fence, HeartbeatAnswer, Report, TaskQueue } from "../ports.ts";
import { isUnreachable } from "../unreachable.ts";
import { Alarm } from "./alarm.ts";
import { Backoff } from "./backoff.ts";
import { beatOf, type Heart, type Held, HeldLeases, type HeartOptions, type StartHeart } from "./heart.ts";

type Heartbeat = TaskQueue["heartbeat"];

/** A heart that beats from the thread it is made in. */
export class Beater implements Heart {
  readonly #heartbeat: Heartbeat;
  readonly #options: HeartOptions;
  readonly #held = new HeldLeases();
  readonly #alarm = new Alarm();
  readonly #running: Promise<void>;
  #isStopped = false;

  constructor(heartbeat: Heartbeat, options: HeartOptions) {
    this.#heartbeat = heartbeat;
    this.#options = options;
    this.#running = this.#run();
  }

  hold(leases: readonly Fence[]): void {
    this.#held.hold(leases);
  }

  /** While this thread is busy nothing is kept, so nothing has to be given back. */
  started(): void {}

  has(lease: Fence): boolean {
    return this.#held.has(lease);
  }

  drop(leases: readonly Fence[]): void {
    this.#held.drop(leases);
  }

  report(lease: Fence, report: Report): void {
    this.#held.report(lease, report);
  }

  beat(): void {
    this.#alarm.ring();
  }

  /** It says everything at once. */
  hear(): void {}

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#alarm.ring();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { heartbeatMs, onFailure } = this.#options;
    const backoff = new Backoff(this.#options.random);
    while (!this.#isStopped) {
      const held = this.#held.all();
      let sleepMs = heartbeatMs;
      try {
        await this.#beat(held);
        backoff.succeeded();
      } catch (error) {
        // One report that is refused must not cost all leases: reports are left to their settlements then.
        if (!isUnreachable(error)) this.#forgetReports(held);
        sleepMs = Math.min(heartbeatMs, backoff.failed());
        onFailure(error, held.length);
      }
      await this.#alarm.sleep(sleepMs);
    }
  }

  async #beat(held: readonly Held[]): Promise<void> {
    const { card, leaseMs, ticks, onBeat } = this.#options;
    const sentAt = ticks();
    // A connection that is half open would be waited for longer than the leases last.
    const answer = await this.#answerWithin(leaseMs / 4, this.#heartbeat(card, leaseMs, held.map(beatOf)));
    this.#forgetReports(held);
    const lost = new Set(answer.lost);
    const beats = held.map(({ fence }) => fence);
    this.#held.drop(beats.filter(({ taskId }) => lost.has(taskId)));
    const reported = held.flatMap(({ fence, report }) => (report ? [fence.taskId] : []));
    onBeat({ ...answer, beats, sentAt, ms: ticks() - sentAt, reported });
  }

  #forgetReports(held: readonly Held[]): void {
    for (const { fence, report } of held) this.#held.reported(fence, report);
  }

  async #answerWithin(ms: number, answer: Promise<HeartbeatAnswer>): Promise<HeartbeatAnswer> {
    const limit = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      limit.reject(new ChapterhouseError("STORE_UNREACHABLE", `A heartbeat was not answered within ${ms} ms`));
    }, ms);
    try {
      return await Promise.race([answer, limit.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}

export const createHeart: StartHeart = (queue, options) =>
  new Beater((card, leaseMs, beats) => queue.heartbeat(card, leaseMs, beats), options);
