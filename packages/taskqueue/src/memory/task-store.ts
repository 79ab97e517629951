import { isTerminal, type TaskEvent, type TaskStatus, transition } from "@chapterhouse/domain";
import type { TaskRow } from "../task-row.ts";

/**
 * The rows, and what happens to every row whose status changes: the parent's counts follow, and a parent whose last
 * child ended ends too, upwards.
 */
export class TaskStore {
  readonly rows = new Map<string, TaskRow>();
  readonly #children = new Map<string, TaskRow[]>();
  readonly #liveKeys = new Map<string, TaskRow>();

  insert(row: TaskRow): void {
    this.rows.set(row.id, row);
    if (row.key) this.#liveKeys.set(row.key, row);
    const parent = this.rows.get(row.parent);
    if (!parent) return;
    parent.childTotal += 1;
    this.#children.set(parent.id, [...this.childrenOf(parent.id), row]);
  }

  childrenOf(id: string): readonly TaskRow[] {
    return this.#children.get(id) ?? [];
  }

  liveWithKey(key: string): TaskRow | undefined {
    return key ? this.#liveKeys.get(key) : undefined;
  }

  /** Moves the row by `event`; null, and nothing changed, where the table knows no such transition. */
  move(row: TaskRow, event: TaskEvent, now: number): TaskStatus | null {
    const status = transition(row.status, event);
    if (status === null) return null;
    const changed = status !== row.status;
    row.status = status;
    row.updatedAt = now;
    if (changed && isTerminal(status)) {
      row.finishedAt = now;
      if (this.#liveKeys.get(row.key) === row) this.#liveKeys.delete(row.key);
      this.#tellParent(row, status, now);
    }
    return status;
  }

  /** Ends a parent that holds no lease and has no live children. */
  resolve(row: TaskRow, now: number): void {
    const isOver = row.childTotal === row.childDone + row.childFailed + row.childCancelled;
    if (!isOver || row.leaseUntil > 0 || (row.status !== "waiting" && row.status !== "cancelling")) return;
    const failed = row.childFailed - row.failedBefore;
    const cancelled = row.childCancelled - row.cancelledBefore;
    if (row.status === "waiting" && failed > 0) {
      const total = row.childTotal - row.failedBefore - row.cancelledBefore;
      row.error = {
        code: "CHILDREN_FAILED",
        message: `${failed} of its tasks failed`,
        details: { total, done: row.childDone, failed, cancelled },
      };
    } else if (row.status === "waiting" && cancelled <= 0) {
      row.error = null;
    }
    this.move(row, failed > 0 ? "children_failed" : cancelled > 0 ? "children_cancelled" : "children_done", now);
  }

  #tellParent(row: TaskRow, status: TaskStatus, now: number): void {
    const parent = this.rows.get(row.parent);
    if (!parent) return;
    if (status === "done") parent.childDone += 1;
    else if (status === "failed") parent.childFailed += 1;
    else parent.childCancelled += 1;
    this.resolve(parent, now);
  }
}
