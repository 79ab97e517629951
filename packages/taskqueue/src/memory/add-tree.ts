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
  const wanted = wantedOf(state, flat);
  const specs = checkedSpecs(
    state,
    wanted.map(({ task }) => task),
    now,
  );
  const rows = new Map<FlatTask, AddedRow>();
  for (const [index, spec] of specs.entries()) {
    const one = wanted[index];
    if (!one) continue;
    const as = one.isParent ? { status: "waiting" as const, withChildren: 1, thenRun: Number(one.thenRun) } : {};
    const parent = flat[one.above];
    rows.set(one, addSpec(state, spec, parent && rows.get(parent)?.row, now, as));
  }
  const added = flat.map((one) => rows.get(one));
  for (const one of added.toReversed()) if (one?.created) state.store.resolve(one.row, now);
  return { flat, added };
};

/** Without what is below a parent whose key is taken: it is neither added nor refused. */
const wantedOf = ({ store }: QueueState, flat: readonly FlatTask[]): readonly FlatTask[] => {
  const closed = new Set<number>();
  return flat.filter(({ task, above, isParent }, index) => {
    const isLeftOut = closed.has(above);
    if (isLeftOut || (isParent && task.key && store.holderOf(task.key))) closed.add(index);
    return !isLeftOut;
  });
};
