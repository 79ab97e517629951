import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { ChapterhouseError } from "@chapterhouse/domain";
import type { Credentials } from "@chapterhouse/pocketbase";
import type { Fence, Report, TaskQueue } from "../ports.ts";
import { Backoff } from "../worker/backoff.ts";
import { within } from "../worker/clock.ts";
import { type ClaimedLease, type Heart, HeldLeases, type HeartOptions, type StartHeart } from "../worker/heart.ts";
import type { HeartAnswer, HeartOrder, HeartThreadData } from "./heart-thread.ts";

export interface ThreadedHeartOptions {
  readonly url: string;
  /** Of an account that may beat: the runner's. */
  readonly credentials: Credentials;
  /** Another file for the thread; for tests. */
  readonly thread?: URL;
}

const THREAD = new URL("./heart-thread.ts", import.meta.url);
const LAST_BEAT_MS = 500;

interface Thread {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly ended: Promise<void>;
}

/** Dropped leases are told of together, so that a queue of short tasks does not fill the port. */
const MOST_DROPPED = 100;
const DROP_MS = 20;

class ThreadedHeart implements Heart {
  readonly #queue: TaskQueue;
  readonly #data: Omit<HeartThreadData, "port">;
  readonly #thread: URL;
  readonly #options: HeartOptions;
  /** What the thread knows, to be told to the next one should it die. */
  readonly #held = new HeldLeases();
  readonly #backoff: Backoff;
  /** Of claimed tasks that were not started yet. */
  readonly #places = new Map<string, number>();
  #lastPlace = 0;
  #dropped: Fence[] = [];
  #dropTimer: NodeJS.Timeout | null = null;
  #current: Thread;
  /** A beat of the thread came back: it beats alone from then on. */
  #isUp = false;
  #isAskedHere = false;
  #here: Promise<void> | null = null;
  #restart: NodeJS.Timeout | null = null;
  #isStopped = false;

  constructor({ url, credentials, thread = THREAD }: ThreadedHeartOptions, queue: TaskQueue, options: HeartOptions) {
    this.#queue = queue;
    const { card, leaseMs, heartbeatMs } = options;
    const started = new BigInt64Array(new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT));
    this.#data = { url, credentials, card, leaseMs, heartbeatMs, started };
    this.#thread = thread;
    this.#options = options;
    this.#backoff = new Backoff(options.random);
    this.#current = this.#start();
  }

  hold(leases: readonly ClaimedLease[], startBy: number): void {
    this.#held.hold(leases);
    const first = this.#lastPlace + 1;
    for (const { taskId } of leases) this.#places.set(taskId, (this.#lastPlace += 1));
    this.#tell({ type: "hold", leases, first, startBy });
  }

  started({ taskId }: Fence): void {
    const place = this.#places.get(taskId);
    if (place !== undefined) Atomics.store(this.#data.started, 0, BigInt(place));
    this.#places.delete(taskId);
  }

  drop(leases: readonly Fence[]): void {
    for (const lease of leases) if (this.#held.has(lease)) this.#places.delete(lease.taskId);
    this.#held.drop(leases);
    this.#dropped.push(...leases);
    if (this.#dropped.length >= MOST_DROPPED) this.#tellDropped();
    else this.#dropTimer ??= setTimeout(() => this.#tellDropped(), DROP_MS);
  }

  report(lease: Fence, report: Report): void {
    this.#held.report(lease, report);
    this.#tell({ type: "report", lease, report });
  }

  beat(): void {
    this.#tell({ type: "beat" });
    if (this.#isUp) return;
    this.#isAskedHere = true;
    this.#here ??= this.#beatHere().finally(() => {
      this.#here = null;
    });
  }

  hear(): void {
    for (let got = receiveMessageOnPort(this.#current.port); got; got = receiveMessageOnPort(this.#current.port)) {
      this.#hear(got.message as HeartAnswer);
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#restart) clearTimeout(this.#restart);
    if (this.#dropTimer) clearTimeout(this.#dropTimer);
    const { worker, ended } = this.#current;
    this.#tell({ type: "stop" });
    await within(LAST_BEAT_MS, Promise.all([ended, this.#here]));
    await worker.terminate();
  }

  #start(): Thread {
    const { port1, port2 } = new MessageChannel();
    const data: HeartThreadData = { ...this.#data, port: port2 };
    const worker = new Worker(this.#thread, { workerData: data, transferList: [port2] });
    const ended = new Promise<void>((resolve) => {
      worker.once("exit", () => {
        port1.close();
        this.#isUp = false;
        resolve();
        if (!this.#isStopped) this.#startAgain();
      });
    });
    worker.on("error", (error) => this.#options.onFailure(error, this.#held.size));
    port1.on("message", (answer: HeartAnswer) => this.#hear(answer));
    return { worker, port: port1, ended };
  }

  /**
   * A thread takes a few hundred ms to load and sign in, seconds on a busy machine: a task that is cancelled meanwhile is
   * told by this thread. Reports and failures are left to the other, since lines that are sent twice are stored twice.
   */
  async #beatHere(): Promise<void> {
    const { card, leaseMs, ticks } = this.#options;
    while (this.#isAskedHere && !this.#isUp && !this.#isStopped) {
      this.#isAskedHere = false;
      const sentAt = ticks();
      const beats = this.#held.all().map(({ fence }) => fence);
      try {
        const answer = await this.#queue.heartbeat(card, leaseMs, beats);
        this.#options.onBeat({ ...answer, beats, sentAt, ms: ticks() - sentAt, reported: [] });
      } catch {}
    }
  }

  /** Leases last for several beats, so there is time for it. */
  #startAgain(): void {
    this.#restart = setTimeout(() => {
      this.#current = this.#start();
      const held = this.#held.all();
      // Which of them were not started yet is not told: they are kept until this thread gives them back.
      const leases = held.map(({ fence }) => ({ ...fence, runAt: 0 }));
      this.#tell({ type: "hold", leases, first: 0, startBy: Number.POSITIVE_INFINITY });
      for (const { fence, report } of held) if (report) this.#tell({ type: "report", lease: fence, report });
    }, this.#backoff.failed());
  }

  #tellDropped(): void {
    if (this.#dropTimer) clearTimeout(this.#dropTimer);
    this.#dropTimer = null;
    if (this.#dropped.length > 0) this.#tell({ type: "drop", leases: this.#dropped });
    this.#dropped = [];
  }

  #tell(order: HeartOrder): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window and has no origin
    this.#current.port.postMessage(order);
  }

  #hear(answer: HeartAnswer): void {
    const { onBeat, onFailure } = this.#options;
    if (answer.type === "failed") {
      onFailure(new ChapterhouseError(answer.code, answer.message), answer.leases);
      return;
    }
    this.#isUp = true;
    this.#backoff.succeeded();
    const lost = new Set(answer.news.lost);
    const reported = new Set(answer.news.reported);
    for (const { fence, report } of this.#held.all())
      if (reported.has(fence.taskId)) this.#held.reported(fence, report);
    this.#held.drop(answer.news.beats.filter(({ taskId }) => lost.has(taskId)));
    onBeat(answer.news);
  }
}

/**
 * A heart that beats from a thread and over a connection of its own, so that a handler that keeps this thread busy does
 * not lose its lease. It knows what it was told: a handler that never comes back holds its task until the time limit of
 * its kind, if it has one. When the thread dies it is started again; it dies with its process.
 */
export const createThreadedHeart =
  (threaded: ThreadedHeartOptions): StartHeart =>
  (queue, options) =>
    new ThreadedHeart(threaded, queue, options);
