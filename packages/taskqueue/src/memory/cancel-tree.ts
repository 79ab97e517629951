import { isTerminal } from "@chapterhouse/domain";
import type { QueueState } from "./queue-state.ts";
import type { StoredRow } from "./task-store.ts";

/** Parents first, so that one does not end by its children's end before it was asked itself. */
export const cancelTree = (
  state: QueueState,
  row: StoredRow | undefined,
  changed: Set<string>,
  now = state.now(),
): void => {
  if (!row || isTerminal(row.status)) return;
  const { store } = state;
  if (row.status !== "cancelling") {
    store.change(row, { cancelRequestedAt: now, waitingFor: "" }, now);
    store.move(row, "cancel", now);
    changed.add(row.id);
  }
  for (const child of store.childrenOf(row.id)) cancelTree(state, child, changed, now);
  store.resolve(row, now);
};
