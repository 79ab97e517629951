import type { AddedTree } from "../../../src/index.ts";
import { isLive, type Shadow, type ShadowSpec, type ShadowTask } from "./shadow.ts";
import { type AddRefusal, addOne } from "./shadow-add.ts";

export interface ShadowTreeSpec extends ShadowSpec {
  children?: readonly ShadowTreeSpec[];
  then?: "end" | "run";
}

export interface ShadowAddedTree {
  readonly id: string;
  readonly created: boolean;
  readonly children: readonly ShadowAddedTree[];
}

/** Storey by storey. New tasks take their ids from the queue's answer, at the same place of it. */
export const shadowAddTree = (
  shadow: Shadow,
  tree: ShadowTreeSpec,
  answer: AddedTree | undefined,
): AddRefusal | ShadowAddedTree => {
  if (isRefused(shadow, tree)) return "KIND_DISABLED";
  const parents: ShadowTask[] = [];
  const add = (spec: ShadowTreeSpec, parent: ShadowTask | undefined, at: AddedTree | undefined) => {
    const { task, created } = addOne(shadow, spec, parent);
    if (created) task.id = at?.task.id ?? "";
    if (created && spec.children) {
      Object.assign(task, { status: "waiting", isOfTree: true, runsAfter: spec.then === "run" });
      parents.push(task);
    }
    const node = { id: task.id, created, children: [] as ShadowAddedTree[] };
    return { node, below: created ? (spec.children ?? []) : [], task, at };
  };
  const root = add(tree, undefined, answer);
  for (let storey = [root]; storey.length > 0;) {
    storey = storey.flatMap(({ node, below, task, at }) => {
      const added = below.map((spec, index) => add(spec, task, at?.children[index]));
      node.children.push(...added.map((one) => one.node));
      return added;
    });
  }
  for (const parent of parents.toReversed()) shadow.endParent(parent.id);
  return root.node;
};

/** What is below a task that is there already is not looked at. */
const isRefused = (shadow: Shadow, { kind, key, children = [] }: ShadowTreeSpec): boolean => {
  if (!shadow.isActive(kind)) return true;
  const isThere = shadow.tasks.some((task) => key !== undefined && task.key === key && isLive(task));
  return !isThere && children.some((child) => isRefused(shadow, child));
};
