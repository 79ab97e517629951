import { ChapterhouseError } from "@chapterhouse/domain";
import { type AddedTask, type AddedTree, MOST_IN_TREE, MOST_STOREYS, type NewTask, type NewTree } from "./ports.ts";
import { validateTasks } from "./validate-task.ts";

export interface FlatTask {
  readonly task: NewTask;
  /** Index of its parent; -1 for the root. */
  readonly above: number;
  /** It has a list of children, be it empty. */
  readonly isParent: boolean;
  readonly thenRun: boolean;
}

/** The tasks of a tree breadth first, each after its parent, in the order of the request. Throws what `addTree` throws. */
export const flatTree = (tree: NewTree): readonly FlatTask[] => {
  const flat: FlatTask[] = [];
  const next: { node: NewTree; above: number; storey: number }[] = [{ node: tree, above: -1, storey: 1 }];
  for (const { node, above, storey } of next) {
    const { children, then, ...task } = node;
    const index = flat.push({ task, above, isParent: children !== undefined, thenRun: then === "run" }) - 1;
    for (const child of children ?? []) next.push({ node: child, above: index, storey: storey + 1 });
    if (next.length > MOST_IN_TREE || storey > MOST_STOREYS) {
      throw new ChapterhouseError(
        "BAD_REQUEST",
        `A tree has at most ${MOST_IN_TREE} tasks, ${MOST_STOREYS} storeys deep`,
      );
    }
  }
  validateTasks(flat.map(({ task }) => task));
  checkKeys(flat);
  return flat;
};

const checkKeys = (flat: readonly FlatTask[]): void => {
  const count = new Map<string, number>();
  for (const { task } of flat) if (task.key) count.set(task.key, (count.get(task.key) ?? 0) + 1);
  for (const [index, { task, isParent }] of flat.entries()) {
    if (!isParent || !task.key) continue;
    const details = { index, field: "keyMode", seed: "GWBKM" };
    if (task.keyMode !== "keep_first") {
      throw new ChapterhouseError("KEY_MODE_INVALID", "GWBKM: a parent's key needs keep_first", { details });
    }
    if (count.get(task.key) === 1) continue;
    throw new ChapterhouseError("BAD_REQUEST", `The key of parent ${index} stands twice in the tree`, { details });
  }
};

/** What became of each of `flat`, as a tree; undefined for those below a parent that was there before. */
export const asTree = (flat: readonly FlatTask[], added: readonly (AddedTask | undefined)[]): AddedTree => {
  const nodes = added.map((one) => one && { ...one, children: [] as AddedTree[] });
  for (const [index, { above }] of flat.entries()) {
    const node = nodes[index];
    if (node && above >= 0) nodes[above]?.children.push(node);
  }
  const [root] = nodes;
  if (!root) throw new Error("a tree without a root");
  return root;
};
