import type { NewTree } from "../ports.ts";
import { type FlatTask, flatTree } from "../flat-tree.ts";
import { type AddedRow, addSpec, checkedSpecs } from "./add-tasks.ts";
import type { QueueState } from "./queue-state.ts";

export interface AddedRows {
  readonly flat: readonly FlatTask[];
  /** In the order of `flat`; undefined below a parent that was there before. */
  readonly added: readonly (AddedRow | undefined)[];
}

/** Adds under the rules of `TaskQueue.addTree`; parents wait from the start, those with nothing live below are over. */
export const addTree = (state: QueueState, tree: NewTree): AddedRows => {
  const flat = flatTree(tree);
  const now = state.now();
  const specs = checkedSpecs(
    state,
    flat.map(({ task }) => task),
    now,
  );
  const added: (AddedRow | undefined)[] = [];
  for (const [index, spec] of specs.entries()) {
    const { above = -1, isParent = false, thenRun = false } = flat[index] ?? {};
    const parent = added[above];
    const isLeftOut = above >= 0 && !parent?.created;
    const as = isParent ? { status: "waiting" as const, withChildren: 1, thenRun: Number(thenRun) } : {};
    added.push(isLeftOut ? undefined : addSpec(state, spec, parent?.row, now, as));
  }
  for (const one of added.toReversed()) if (one?.created) state.store.resolve(one.row, now);
  return { flat, added };
};
