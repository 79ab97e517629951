import { type LiveEvent, type LiveNotice, TERMINAL_STATUSES } from "@chapterhouse/domain";
import { type ClientReport, LONGEST_MS } from "./messages.ts";

/** Those of one process are told the same: it is taken apart once. */
const read = new Map<string, LiveEvent | LiveNotice>();
const MOST_READ = 2000;

const readOnce = (text: string): LiveEvent | LiveNotice => {
  const known = read.get(text);
  if (known) return known;
  const said = JSON.parse(text) as LiveEvent | LiveNotice;
  read.set(text, said);
  const [first] = read.keys();
  if (read.size > MOST_READ && first !== undefined) read.delete(first);
  return said;
};

const countOne = (counts: number[], ms: number): void => {
  const place = Math.min(LONGEST_MS, Math.max(0, Math.round(ms)));
  counts[place] = (counts[place] ?? 0) + 1;
};

const ENDS = new Set<string>(TERMINAL_STATUSES);

export interface Counts {
  readonly latencyMs: number[];
  readonly missedMs: number[];
}

/** What one client was told, over all its connections. */
export class Heard {
  readonly #ends = new Map<string, number>();
  readonly #counts: Counts;
  /** ms since the epoch: since when it has been told what happens as it happens. */
  #since = 0;
  #last: readonly [number, number] = [0, 0];
  #disordered = 0;
  #resets = 0;
  readonly #completed = Promise.withResolvers<void>();
  reconnects = 0;
  /** To go on from. */
  lastId = "";

  /** Latencies are counted for all clients together. */
  constructor(counts: Counts) {
    this.#counts = counts;
  }

  /** `text` is one document. Answers whether it begins a stream. */
  hear(text: string): boolean {
    const said = readOnce(text);
    if (said.id !== null) this.lastId = said.id;
    if ("resumed" in said) {
      this.#since = Date.now();
      if (said.type === "reset") this.#resets += 1;
      return true;
    }
    if (said.id !== null) this.#count(said, said.id);
    return false;
  }

  /** Resolves with the end of a task without a parent. */
  get completed(): Promise<void> {
    return this.#completed.promise;
  }

  report(): ClientReport {
    const counts = [...this.#ends.values()];
    return {
      ended: counts.filter((count) => count === 1).length,
      doubled: counts.filter((count) => count > 1).length,
      disordered: this.#disordered,
      resets: this.#resets,
      reconnects: this.reconnects,
    };
  }

  #count({ type, task, item, status, at }: LiveEvent, id: string): void {
    const committed = Date.parse(at);
    const { latencyMs, missedMs } = this.#counts;
    countOne(committed < this.#since ? missedMs : latencyMs, Date.now() - committed);
    const [seq = 0, index = 0] = id.split("-").map(Number);
    if (seq < this.#last[0] || (seq === this.#last[0] && index <= this.#last[1])) this.#disordered += 1;
    this.#last = [seq, index];
    if (type === "task.completed") this.#completed.resolve();
    const ended = item ?? task;
    if (ENDS.has(status)) this.#ends.set(ended, (this.#ends.get(ended) ?? 0) + 1);
  }
}
