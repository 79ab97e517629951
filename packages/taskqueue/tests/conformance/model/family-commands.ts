import { CHILD_FAILURE_POLICIES } from "@chapterhouse/domain";
import * as fc from "fast-check";
import { expect } from "vitest";
import type { AddedTree, NewTree, TaskAction } from "../../../src/index.ts";
import { add, addChildren, type DrawnSpec, spec, specAt } from "./adding-commands.ts";
import {
  answerOf,
  type Both,
  type Command,
  command,
  fence,
  HOUR,
  kind,
  maybe,
  MODEL_KINDS,
  MODEL_RUNNERS,
  number,
  present,
} from "./command.ts";
import { act, actDrawn } from "./operator-commands.ts";
import { cancel, claim, outcome, reap, report, settle } from "./running-commands.ts";
import { matching, shadowAct } from "./shadow-admin.ts";
import { type ShadowAddedTree, shadowAddTree, type ShadowTreeSpec } from "./shadow-tree.ts";
import { isLive } from "./shadow.ts";

type Weighted = { readonly weight: number; readonly arbitrary: fc.Arbitrary<Command> };

interface DrawnTree extends DrawnSpec {
  readonly next?: "end" | "run";
  readonly children?: readonly DrawnTree[];
}

const parentOf = (
  spec: fc.Arbitrary<DrawnSpec>,
  below: fc.Arbitrary<DrawnTree>,
  most: number,
): fc.Arbitrary<DrawnTree> =>
  fc
    .record({ spec, next: fc.constantFrom("end", "run"), children: fc.array(below, { maxLength: most }) })
    .map(({ spec, next, children }) => ({ ...spec, next, children }));

/** Up to four storeys. Where a tree's tasks with keys of another mode have their turns is not promised, as in `add`. */
const treeOf = (drawn: fc.Arbitrary<DrawnSpec>): fc.Arbitrary<DrawnTree> => {
  const leaf = drawn.map((each) => ({ ...each, keyMode: "keep_first" as const }));
  const low = fc.oneof(leaf, leaf, parentOf(leaf, leaf, 2));
  return parentOf(leaf, fc.oneof(leaf, parentOf(leaf, low, 2)), 3);
};

/** A parent's key may stand but once: the second of a key goes without. */
const treeAt = (drawn: DrawnTree, now: number, keys = new Set<string>()): ShadowTreeSpec => {
  const { children, next, ...rest } = drawn;
  const own = specAt(rest, now);
  if (own.key !== undefined && keys.has(own.key)) delete own.key;
  if (own.key !== undefined) keys.add(own.key);
  const below = children?.map((child) => treeAt(child, now, keys));
  return present({ ...own, then: next, children: below }) as ShadowTreeSpec;
};

const shape = ({ task, created, children }: AddedTree): ShadowAddedTree => ({
  id: task.id,
  created,
  children: children.map(shape),
});

const addTree = async ({ shadow, real }: Both, drawn: DrawnTree): Promise<void> => {
  const spec = treeAt(drawn, shadow.now);
  const answer = await answerOf(real.backend.queue.addTree(spec as NewTree));
  const isRefused = typeof answer === "string";
  const expected = shadowAddTree(shadow, spec, isRefused ? undefined : answer);
  expect(isRefused ? answer : shape(answer)).toEqual(expected);
};

/** A page of somebody's children, in the order of their addition. */
const readChildren = async (
  { shadow, real }: Both,
  { anyOf, from, limit }: { readonly anyOf: number; readonly from: number; readonly limit: number },
): Promise<void> => {
  const parents = shadow.tasks.filter(({ id }) => shadow.childrenOf(id).length > 0);
  const parent = parents[anyOf % Math.max(1, parents.length)];
  if (!parent) return;
  const expected = shadow.childrenOf(parent.id).map(({ id }, index) => [index, id]);
  const answer = await real.runner.queue.children(parent.id, { from, limit });
  expect(answer.map(({ index, task }) => [index, task.id])).toEqual(expected.slice(from, from + limit));
};

/** One that has ended and has children, if there is any. */
const retryChildren = async (
  { shadow, real }: Both,
  drawn: { readonly anyOf: number; readonly type: "redrive" | "retry_children"; readonly cancelled: boolean },
): Promise<void> => {
  const ended = shadow.tasks.filter((task) => !isLive(task) && shadow.childrenOf(task.id).length > 0);
  const task = ended[drawn.anyOf % Math.max(1, ended.length)];
  if (!task) return;
  const { type, cancelled } = drawn;
  const action: TaskAction = type === "redrive" ? { type } : { type, cancelled };
  const answer = await real.backend.admin.act(action, { ids: [task.id] });
  const matched = matching(shadow, action, (other) => other === task);
  expect(answer).toMatchObject({ matched: matched.length, changed: shadowAct(shadow, action, matched).length });
};

const treeCommands = (spec: fc.Arbitrary<DrawnSpec>): readonly Weighted[] => [
  { weight: 6, arbitrary: command("addTree", treeOf(spec), addTree) },
  {
    weight: 2,
    arbitrary: command(
      "children",
      fc.record({ anyOf: number, from: fc.nat({ max: 3 }), limit: fc.integer({ min: 1, max: 5 }) }),
      readChildren,
    ),
  },
  {
    weight: 5,
    arbitrary: command(
      "retryChildren",
      fc.record({ anyOf: number, type: fc.constantFrom("redrive", "retry_children"), cancelled: fc.boolean() }),
      retryChildren,
    ),
  },
];

export const familyCommands = treeCommands(spec);

/** Nothing keeps these from running: what becomes of families is seen more often. */
const plainSpec: fc.Arbitrary<DrawnSpec> = fc
  .record({
    kind,
    payload: fc.constant({ n: 1 }),
    key: maybe(fc.constantFrom("x", "y"), 2),
    maxAttempts: maybe(fc.integer({ min: 1, max: 3 })),
    onChildFailure: maybe(fc.constantFrom(...CHILD_FAILURE_POLICIES), 3),
  })
  .map((drawn) => ({ lane: undefined, keyMode: undefined, priority: undefined, runIn: undefined, ...drawn }))
  .map((drawn) => ({ flags: undefined, group: undefined, createdBy: undefined, ...drawn }));

const plainClaim = fc.record({
  runner: fc.constantFrom(...MODEL_RUNNERS),
  kinds: fc.constant(MODEL_KINDS),
  limit: fc.integer({ min: 1, max: 4 }),
  leaseMs: fc.constantFrom(HOUR, HOUR, 0),
});

const settleDrawn = fc.array(fc.record({ ...report, fence, outcome }), { minLength: 1, maxLength: 3 });

/** Families alone: whole histories are made of these. */
export const onlyFamilyCommands: readonly Weighted[] = [
  ...treeCommands(plainSpec),
  { weight: 10, arbitrary: addChildren(plainSpec) },
  { weight: 14, arbitrary: command("claim", plainClaim, claim) },
  { weight: 14, arbitrary: command("settle", settleDrawn, settle) },
  { weight: 5, arbitrary: command("reap", fc.constant(0), reap) },
  { weight: 3, arbitrary: command("act", actDrawn, act) },
  { weight: 2, arbitrary: command("cancel", fc.array(number, { minLength: 1, maxLength: 2 }), cancel) },
  {
    weight: 2,
    arbitrary: command("add", plainSpec, (both, drawn) => add(both, [specAt(drawn, both.shadow.now)])),
  },
];
