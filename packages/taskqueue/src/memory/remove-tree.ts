import type { QueueState } from "./queue-state.ts";
import type { StoredRow } from "./task-store.ts";

/** Whether somebody holds a lease of the row or of one below it: then it cannot be removed. */
export const isTreeHeld = ({ store }: QueueState, row: StoredRow): boolean =>
  store.treeOf(row).some(({ leaseUntil }) => leaseUntil > 0);

/**
 * Removes rows, each after all below it. Parents that stay are judged when all are gone, as by one transaction: the order
 * in which their children went means nothing.
 */
export const removeRows = ({ store, log }: QueueState, rows: Iterable<StoredRow>, now: number): void => {
  const parents = new Set<string>();
  for (const row of rows) {
    log.remove(row.id);
    store.remove(row, now);
    parents.add(row.parent);
  }
  for (const id of parents) {
    const parent = store.rows.get(id);
    if (parent) store.resolve(parent, now);
  }
};

/** The rows and all below them. */
export const removeTrees = (state: QueueState, roots: readonly StoredRow[], now: number): void =>
  removeRows(state, new Set(roots.flatMap((root) => state.store.treeOf(root).toReversed())), now);
