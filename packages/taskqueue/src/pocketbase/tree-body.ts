import type { FlatTask } from "../flat-tree.ts";
import type { AddedTask } from "../ports.ts";
import { addedRow, type TaskRow, type TaskSpec, taskSpec, toTask } from "../task-row.ts";

/** A task of a tree with what it comes to: its id, and the group of its children that name none. */
interface PlacedTask extends FlatTask {
  readonly spec: TaskSpec;
  readonly parent: string;
  /** Its own, when it names none. */
  readonly family: string;
}

export interface TreeAnswer {
  readonly at: number;
  readonly existing: readonly { readonly index: number; readonly task: TaskRow }[];
  /** All of the tree's, when some of them are over already; else none. */
  readonly parents: readonly TaskRow[];
}

/** `flat` with ids; each stands after its parent. */
export const placeTasks = (flat: readonly FlatTask[], now: number): readonly PlacedTask[] => {
  const placed: PlacedTask[] = [];
  for (const one of flat) {
    const above = placed[one.above];
    const spec = taskSpec(one.task, now);
    placed.push({ ...one, spec, parent: above?.spec.id ?? "", family: above ? groupOf(above) || above.spec.id : "" });
  }
  return placed;
};

const groupOf = ({ spec, family }: PlacedTask): string => spec.group ?? family;

/** What the add-tree route takes; tasks say no more than is not as usual. */
export const treeBody = (placed: readonly PlacedTask[]) => ({
  parents: placed
    .filter(({ isParent }) => isParent)
    .map(({ spec, thenRun }) => ({
      id: spec.id,
      thenRun: thenRun || undefined,
      keyed: spec.key !== "" || undefined,
    })),
  tasks: placed.map(({ task, spec, parent, family }) =>
    parent === "" ? { id: spec.id, ...task } : { id: spec.id, parent, family, ...task },
  ),
});

/** In the order of `placed`; undefined for those below a parent that was there before. */
export const addedTasks = (placed: readonly PlacedTask[], answer: TreeAnswer): readonly (AddedTask | undefined)[] => {
  const existing = new Map(answer.existing.map(({ index, task }) => [index, task]));
  const parents = new Map(answer.parents.map((row) => [row.id, row]));
  const isAdded: boolean[] = [];
  const childTotals = placed.map(() => 0);
  for (const [index, { above }] of placed.entries()) {
    isAdded.push((above < 0 || isAdded[above] === true) && !existing.has(index));
    if (isAdded[index] && above >= 0) childTotals[above] = (childTotals[above] ?? 0) + 1;
  }
  return placed.map((one, index) => {
    const found = existing.get(index);
    if (found) return { task: toTask(found), created: false };
    if (!isAdded[index]) return undefined;
    const row = parents.get(one.spec.id) ?? newRow(one, childTotals[index] ?? 0, answer.at);
    return { task: toTask(row), created: true };
  });
};

const newRow = (placed: PlacedTask, childTotal: number, at: number): TaskRow => {
  const row = addedRow({ ...placed.spec, group: groupOf(placed) }, placed.parent, at);
  if (!placed.isParent) return row;
  return { ...row, status: "waiting", withChildren: 1, thenRun: Number(placed.thenRun), childTotal };
};
