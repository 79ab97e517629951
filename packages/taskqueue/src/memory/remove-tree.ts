import type { QueueState } from "./queue-state.ts";
import type { StoredRow } from "./task-store.ts";

/** Whether somebody holds a lease of the row or of one below it: then it cannot be removed. */
export const isTreeHeld = ({ store }: QueueState, row: StoredRow): boolean =>
  store.treeOf(row).some(({ leaseUntil }) => leaseUntil > 0);

export const removeRow = ({ store, log }: QueueState, row: StoredRow, now: number): void => {
  log.remove(row.id);
  store.remove(row, now);
};

/** The row and all below it. */
export const removeTree = (state: QueueState, row: StoredRow, now: number): void => {
  for (const one of state.store.treeOf(row).toReversed()) removeRow(state, one, now);
};
