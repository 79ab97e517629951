import type { ActiveTask } from "./active-task.ts";

export interface LocalQueueOptions {
  /** A task that waits here for longer is given back. In ms. */
  readonly ttlMs: number;
  readonly ticks: () => number;
  readonly onExpired: (tasks: readonly ActiveTask[]) => void;
}

/** Claimed tasks that no handler has seen yet, in the order they came. */
export class LocalQueue {
  readonly #options: LocalQueueOptions;
  #waiting: ActiveTask[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(options: LocalQueueOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.length;
  }

  push(tasks: readonly ActiveTask[]): void {
    this.#waiting.push(...tasks);
    if (tasks.length > 0) this.#timer ??= setTimeout(() => this.#expire(), this.#options.ttlMs);
  }

  /** The next to start. Those that are too old by now, since this thread was busy, are given back instead. */
  take(): ActiveTask | undefined {
    const [first] = this.#waiting;
    if (first && this.#isOld(first)) this.#expireNow();
    return this.#waiting.shift();
  }

  /** Takes out those that are meant. */
  remove(isMeant: (active: ActiveTask) => boolean): readonly ActiveTask[] {
    const removed = this.#waiting.filter(isMeant);
    this.#waiting = this.#waiting.filter((active) => !isMeant(active));
    return removed;
  }

  /** Takes out all. */
  close(): readonly ActiveTask[] {
    if (this.#timer) clearTimeout(this.#timer);
    return this.#waiting.splice(0);
  }

  #isOld({ cameAt }: ActiveTask): boolean {
    return this.#options.ticks() - cameAt > this.#options.ttlMs;
  }

  #expireNow(): void {
    const old = this.remove((active) => this.#isOld(active));
    if (old.length > 0) this.#options.onExpired(old);
  }

  #expire(): void {
    this.#timer = null;
    this.#expireNow();
    const [first] = this.#waiting;
    if (!first) return;
    const leftMs = first.cameAt + this.#options.ttlMs - this.#options.ticks();
    this.#timer = setTimeout(() => this.#expire(), Math.max(1, leftMs));
  }
}
