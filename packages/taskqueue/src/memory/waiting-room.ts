import { Heap } from "./heap.ts";
import type { StoredRow } from "./task-store.ts";

interface Entry {
  readonly row: StoredRow;
  readonly ticket: number;
  readonly rank: number;
  readonly runAt: number;
}

const byTurn = (a: Entry, b: Entry): number => a.rank - b.rank || a.runAt - b.runAt || a.row.place - b.row.place;
const byTime = (a: Entry, b: Entry): number => a.runAt - b.runAt;

/** The pending tasks of one lane, kind and set of flags: those due in the order of claims, the others by their time. */
export class Bench {
  readonly lane: string;
  readonly kind: string;
  readonly flags: readonly string[];
  readonly #due = new Heap(byTurn);
  readonly #later = new Heap(byTime);

  constructor({ lane, kind, flags }: StoredRow) {
    this.lane = lane;
    this.kind = kind;
    this.flags = flags;
  }

  push(row: StoredRow, now: number): void {
    const entry = { row, ticket: row.ticket, rank: row.rank, runAt: row.runAt };
    if (row.runAt <= now) this.#due.push(entry);
    else this.#later.push(entry);
  }

  /** The next to be claimed at `now`. */
  first(now: number): StoredRow | undefined {
    for (let next = valid(this.#later); next && next.runAt <= now; next = valid(this.#later)) {
      this.#later.pop();
      this.#due.push(next);
    }
    return valid(this.#due)?.row;
  }

  /** When the next of those not due yet is. */
  nextDueAt(): number | undefined {
    return valid(this.#later)?.runAt;
  }

  isEmpty(): boolean {
    return !valid(this.#due) && !valid(this.#later);
  }
}

/** What has changed since it sat down left its entry behind; entries are thrown away when they come up. */
const valid = (heap: Heap<Entry>): Entry | undefined => {
  for (let first = heap.peek(); first; first = heap.peek()) {
    if (first.ticket === first.row.ticket) return first;
    heap.pop();
  }
  return undefined;
};

/** Where pending tasks wait, so that a claim looks at one task a lane, kind and set of flags and not at all of them. */
export class WaitingRoom {
  readonly #benches = new Map<string, Bench>();
  #tickets = 0;

  /** Seats a row anew: call it after each change of its status, lane, rank, time or place behind its key. */
  seat(row: StoredRow, now: number): void {
    this.#tickets += 1;
    row.ticket = this.#tickets;
    if (row.status !== "pending" || row.behind !== 0) return;
    const name = JSON.stringify([row.lane, row.kind, row.flags]);
    const bench = this.#benches.get(name) ?? new Bench(row);
    this.#benches.set(name, bench);
    bench.push(row, now);
  }

  /** Those with somebody on them. */
  *benches(): Generator<Bench> {
    for (const [name, bench] of this.#benches) {
      if (bench.isEmpty()) this.#benches.delete(name);
      else yield bench;
    }
  }
}
