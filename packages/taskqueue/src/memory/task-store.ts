import { isTerminal, type TaskEvent, type TaskStatus, type TerminalStatus, transition } from "@chapterhouse/domain";
import type { TaskRow } from "../task-row.ts";
import type { ChangeLog } from "./change-log.ts";
import { rankOf } from "./turns.ts";
import { verdict } from "./verdict.ts";
import { WaitingRoom } from "./waiting-room.ts";

export interface StoredRow extends TaskRow {
  /** Order of addition. */
  readonly place: number;
  /** The seat in the waiting room. */
  ticket: number;
}

const COUNT_OF = { done: "childDone", failed: "childFailed", cancelled: "childCancelled" } as const;

/** What earlier attempts left behind is never more than there is: one of theirs that is tried again counts from now on. */
const uncount = (parent: StoredRow, status: TerminalStatus): void => {
  parent[COUNT_OF[status]] -= 1;
  parent.failedBefore = Math.min(parent.failedBefore, parent.childFailed);
  parent.cancelledBefore = Math.min(parent.cancelledBefore, parent.childCancelled);
};

/**
 * The rows and their indexes, and what happens to every row whose status changes: the parent's counts follow, a parent
 * whose last child ended ends too, upwards, and who stands behind a key comes forward. Every change goes through
 * `insert`, `change`, `move`, `dropKey` or `remove`.
 */
export class TaskStore {
  readonly rows = new Map<string, StoredRow>();
  readonly waiting = new WaitingRoom();
  /** Those with a lease. */
  readonly held = new Set<StoredRow>();
  readonly #children = new Map<string, Set<StoredRow>>();
  readonly #byKey = new Map<string, Set<StoredRow>>();
  readonly #changes: ChangeLog;
  #places = 0;

  constructor(changes: ChangeLog) {
    this.#changes = changes;
  }

  insert(row: TaskRow, now: number): StoredRow {
    this.#places += 1;
    const stored: StoredRow = { ...row, place: this.#places, ticket: 0 };
    this.rows.set(row.id, stored);
    if (row.key) this.#byKey.set(row.key, (this.#byKey.get(row.key) ?? new Set()).add(stored));
    const parent = this.rows.get(row.parent);
    if (parent) {
      parent.childTotal += 1;
      this.#children.set(parent.id, (this.#children.get(parent.id) ?? new Set()).add(stored));
    }
    this.waiting.seat(stored, now);
    this.#changes.added(stored, now);
    return stored;
  }

  childrenOf(id: string): readonly StoredRow[] {
    return [...(this.#children.get(id) ?? [])];
  }

  /** The row and all below it, parents first. */
  treeOf(row: StoredRow): StoredRow[] {
    return [row, ...this.childrenOf(row.id).flatMap((child) => this.treeOf(child))];
  }

  /** In order of addition, whatever their status. */
  withKey(key: string): readonly StoredRow[] {
    return key ? [...(this.#byKey.get(key) ?? [])] : [];
  }

  /** The one live task that holds the key. */
  holderOf(key: string): StoredRow | undefined {
    return this.withKey(key).find((row) => row.behind === 0 && !isTerminal(row.status));
  }

  /** The live task that stands behind the holder. */
  behind(key: string): StoredRow | undefined {
    return this.withKey(key).find((row) => row.behind === 1 && !isTerminal(row.status));
  }

  /** Anything but status, key and parent. */
  change(row: StoredRow, changes: Partial<Omit<TaskRow, "id" | "status" | "key" | "parent">>, now: number): void {
    Object.assign(row, changes);
    if (row.leaseUntil > 0) this.held.add(row);
    else this.held.delete(row);
    this.waiting.seat(row, now);
  }

  /** Moves the row by `event`; null, and nothing changed, where the table knows no such transition. */
  move(row: StoredRow, event: TaskEvent, now: number): TaskStatus | null {
    const status = transition(row.status, event);
    if (status === null) return null;
    const before = row.status;
    row.status = status;
    this.change(row, { updatedAt: now }, now);
    if (status === before) return status;
    this.#changes.moved(row, now);
    if (isTerminal(status)) row.finishedAt = now;
    if (status === "done") Object.assign(row, { error: null, checkpoint: null });
    if (isTerminal(status) && !isTerminal(before)) this.#freeKey(row, now);
    this.#tellParent(row, before, now);
    return status;
  }

  dropKey(row: StoredRow, now: number): void {
    this.#byKey.get(row.key)?.delete(row);
    if (!isTerminal(row.status)) this.#freeKey(row, now);
    row.key = "";
  }

  /** One that nobody holds and that has no children left. Its parent is the caller's to resolve. */
  remove(row: StoredRow, now: number): void {
    this.rows.delete(row.id);
    row.ticket = -1;
    this.#byKey.get(row.key)?.delete(row);
    if (!isTerminal(row.status)) this.#freeKey(row, now);
    this.#children.delete(row.id);
    const parent = this.rows.get(row.parent);
    if (!parent) return;
    this.#children.get(parent.id)?.delete(row);
    parent.childTotal -= 1;
    if (isTerminal(row.status)) uncount(parent, row.status);
  }

  /** Ends a parent that nobody holds and that has no live children, or has its handler called once more. */
  resolve(row: StoredRow, now: number): void {
    const isOver = row.childTotal === row.childDone + row.childFailed + row.childCancelled;
    if (!isOver || row.leaseUntil > 0 || (row.status !== "waiting" && row.status !== "cancelling")) return;
    const { event, error } = verdict(row);
    const status = this.move(row, event, now);
    if (error && status !== "cancelled") row.error = error;
    if (status === "pending") this.#resume(row, now);
  }

  /** Its handler runs once more; the attempt that waited is given back. */
  #resume(row: StoredRow, now: number): void {
    const rank = rankOf({ turn: row.turn, priority: row.priority, runAt: now });
    const attempts = Math.max(0, row.attempts - 1);
    this.change(row, { continuation: 1, attempts, runner: "", runAt: now, rank }, now);
  }

  /** A live holder ends or loses its key: who stands behind comes forward. */
  #freeKey(row: StoredRow, now: number): void {
    const next = row.behind === 0 ? this.behind(row.key) : undefined;
    if (next) this.change(next, { behind: 0 }, now);
  }

  #tellParent(row: StoredRow, before: TaskStatus, now: number): void {
    const parent = this.rows.get(row.parent);
    if (!parent) return;
    if (isTerminal(before)) uncount(parent, before);
    if (!isTerminal(row.status)) return;
    parent[COUNT_OF[row.status]] += 1;
    this.resolve(parent, now);
  }
}
