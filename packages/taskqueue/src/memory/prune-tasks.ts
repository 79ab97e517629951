import { isTerminal } from "@chapterhouse/domain";
import type { Pruned, Retention } from "../ports.ts";
import type { QueueState } from "./queue-state.ts";
import { removeRows } from "./remove-tree.ts";
import type { StoredRow } from "./task-store.ts";

const MOST_PRUNED = 1000;

/** Ended tasks without a parent that are over a limit, oldest first, and all below them; not those with live ones below. */
export const pruneTasks = (state: QueueState, retention: Retention): Pruned => {
  const now = state.now();
  const over = [...rootsOver(state, retention, now)].flatMap((root) => state.store.treeOf(root).toReversed());
  removeRows(state, over.slice(0, MOST_PRUNED), now);
  return { removed: Math.min(over.length, MOST_PRUNED), more: over.length > MOST_PRUNED };
};

function* rootsOver({ store }: QueueState, retention: Retention, now: number): Generator<StoredRow> {
  for (const status of ["done", "failed", "cancelled"] as const) {
    const { maxAgeMs = Infinity, maxCount = Infinity } = retention[status] ?? {};
    const roots = [...store.rows.values()]
      .filter((row) => row.parent === "" && row.status === status)
      .toSorted((a, b) => a.finishedAt - b.finishedAt || a.place - b.place);
    const over = roots.filter((row, index) => row.finishedAt <= now - maxAgeMs || index < roots.length - maxCount);
    yield* over.filter((root) => store.treeOf(root).every((row) => isTerminal(row.status)));
  }
}
