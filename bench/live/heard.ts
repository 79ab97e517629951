import { type LiveEvent, type LiveNotice, TERMINAL_STATUSES } from "@chapterhouse/domain";
import { type ClientReport, LONGEST_MS } from "./messages.ts";

const ENDS = new Set<string>(TERMINAL_STATUSES);

/** What one client was told, over all its connections. */
export class Heard {
  readonly #ends = new Map<string, number>();
  readonly #latencyMs: number[];
  #last: readonly [number, number] = [0, 0];
  #disordered = 0;
  #resets = 0;
  readonly #completed = Promise.withResolvers<void>();
  reconnects = 0;
  /** To go on from. */
  lastId = "";

  /** `latencyMs` counts those of all clients. */
  constructor(latencyMs: number[]) {
    this.#latencyMs = latencyMs;
  }

  /** `text` is one document. Answers whether it begins a stream. */
  hear(text: string): boolean {
    const said = JSON.parse(text) as LiveEvent | LiveNotice;
    if (said.id !== null) this.lastId = said.id;
    if ("resumed" in said) {
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
    const latency = Math.min(LONGEST_MS, Math.max(0, Math.round(Date.now() - Date.parse(at))));
    this.#latencyMs[latency] = (this.#latencyMs[latency] ?? 0) + 1;
    const [seq = 0, index = 0] = id.split("-").map(Number);
    if (seq < this.#last[0] || (seq === this.#last[0] && index <= this.#last[1])) this.#disordered += 1;
    this.#last = [seq, index];
    if (type === "task.completed") this.#completed.resolve();
    const ended = item ?? task;
    if (ENDS.has(status)) this.#ends.set(ended, (this.#ends.get(ended) ?? 0) + 1);
  }
}
