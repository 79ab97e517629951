import { ChapterhouseError } from "@chapterhouse/domain";
import type { ChangeFeed, ChangesAnswer, TaskChange } from "@chapterhouse/taskqueue";

type Said = Partial<Omit<TaskChange, "seq" | "index">> & Pick<TaskChange, "id">;

/** A log that a test writes: each `call` is one call's changes. */
export class ScriptedFeed implements ChangeFeed {
  readonly #log: TaskChange[][] = [];
  readonly #wakes = new Set<() => void>();
  /** Calls up to this one are no longer there. */
  pruned = 0;
  away = false;
  reads = 0;

  get last(): number {
    return this.#log.length;
  }

  get followers(): number {
    return this.#wakes.size;
  }

  call(...changes: readonly Said[]): void {
    const seq = this.#log.length + 1;
    const at = Date.now();
    this.#log.push(
      changes.map((change, index) => ({
        kind: "scrape.chapter",
        parent: null,
        status: "done",
        isNew: false,
        progress: null,
        at,
        ...change,
        seq,
        index,
      })),
    );
  }

  /** The store was put back from a backup of when it had so many. */
  putBack(calls: number): void {
    this.#log.length = calls;
  }

  hint(): void {
    for (const wake of this.#wakes) wake();
  }

  async read(after: number | null, limit: number): Promise<ChangesAnswer> {
    this.reads += 1;
    if (this.away) throw new ChapterhouseError("STORE_UNREACHABLE", "away");
    if (after === null) return { changes: [], last: this.last, isGap: false, more: false };
    const changes: TaskChange[] = [];
    let seq = Math.max(after, this.pruned);
    while (seq < this.last && changes.length < limit) changes.push(...(this.#log[seq++] ?? []));
    return { changes, last: Math.min(seq, this.last), isGap: after < this.pruned, more: seq < this.last };
  }

  async subscribe(wake: () => void): Promise<() => Promise<void>> {
    this.#wakes.add(wake);
    return async () => void this.#wakes.delete(wake);
  }
}
