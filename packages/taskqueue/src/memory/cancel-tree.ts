import { isTerminal } from "@chapterhouse/domain";
import type { QueueState } from "./queue-state.ts";
import type { StoredRow } from "./task-store.ts";

/**
 * Asks the rows and all below them to end; answers the ids of those that changed. Parents first (a parent was added
 * before its children), so that none ends by its children's end before it was asked itself.
 */
export const cancelTrees = (state: QueueState, rows: readonly StoredRow[]): Set<string> => {
  const now = state.now();
  const changed = new Set<string>();
  for (const row of rows.toSorted((a, b) => a.place - b.place)) {
    if (!isTerminal(row.status)) cancelTree(state, row, changed, now);
  }
  return changed;
};

/** Also below tasks that have ended: who is done, or failed, may have left live children. */
const cancelTree = (state: QueueState, row: StoredRow, changed: Set<string>, now: number): void => {
  const { store } = state;
  if (!isTerminal(row.status) && row.status !== "cancelling") {
    store.change(row, { cancelRequestedAt: now, waitingFor: "" }, now);
    store.move(row, "cancel", now);
    changed.add(row.id);
  }
  for (const child of store.childrenOf(row.id)) cancelTree(state, child, changed, now);
  store.resolve(row, now);
};
