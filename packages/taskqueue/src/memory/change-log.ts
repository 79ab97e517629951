import type { TaskStatus } from "@chapterhouse/domain";
import type { StoredRow } from "./task-store.ts";

interface Entry {
  readonly at: number;
  readonly row: StoredRow;
  readonly status: TaskStatus;
  readonly isNew: boolean;
  /** Nothing but a report: it says how far the task is when the log is read. */
  readonly isReport: boolean;
}

/** The log keeps at least so many changes, and all of the last ten minutes. */
const KEPT = 10_000;
const KEPT_MS = 600_000;

/** What happened to the rows, in order; each change is a call of its own here. */
export class ChangeLog {
  readonly followers = new Set<() => void>();
  readonly #entries: Entry[] = [];
  /** How many were forgotten: the seq of the last of them. */
  #forgotten = 0;
  #isTold = true;

  /** Of the last change; 0 before the first. */
  get last(): number {
    return this.#forgotten + this.#entries.length;
  }

  /** Whether all that came after this seq is still there. */
  reaches(seq: number): boolean {
    return seq >= this.#forgotten && seq <= this.last;
  }

  after(seq: number, limit: number): readonly Entry[] {
    return this.#entries.slice(seq - this.#forgotten, seq - this.#forgotten + limit);
  }

  moved(row: StoredRow, at: number): void {
    this.#write({ at, row, status: row.status, isNew: false, isReport: false });
  }

  /** A child that is added as pending is left out: its parent's counts say it. */
  added(row: StoredRow, at: number): void {
    if (row.parent === "" || row.status !== "pending") {
      this.#write({ at, row, status: row.status, isNew: true, isReport: false });
    }
  }

  reported(row: StoredRow, at: number): void {
    this.#write({ at, row, status: row.status, isNew: false, isReport: true });
  }

  #write(entry: Entry): void {
    this.#entries.push(entry);
    if (this.#entries.length >= 2 * KEPT && (this.#entries[KEPT]?.at ?? 0) < entry.at - KEPT_MS) {
      this.#forgotten += this.#entries.splice(0, KEPT).length;
    }
    if (!this.#isTold) return;
    this.#isTold = false;
    queueMicrotask(() => {
      this.#isTold = true;
      for (const wake of this.followers) wake();
    });
  }
}
