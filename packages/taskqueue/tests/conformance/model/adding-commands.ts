import { CHILD_FAILURE_POLICIES, KEY_MODES } from "@chapterhouse/domain";
import * as fc from "fast-check";
import { expect } from "vitest";
import type { Fence, NewTask } from "../../../src/index.ts";
import {
  answerOf,
  type Both,
  type Command,
  command,
  fence,
  fenceAt,
  HOUR,
  kind,
  lane,
  maybe,
  MODEL_FLAGS,
  present,
} from "./command.ts";
import { isLive, type Shadow, type ShadowSpec } from "./shadow.ts";
import { shadowAdd, type ShadowAdded, shadowRemoveKey } from "./shadow-add.ts";

const KEYS = ["x", "y"];
const key = fc.constantFrom(...KEYS);

export const spec = fc.record({
  kind,
  payload: fc.oneof(fc.record({ n: fc.nat({ max: 9 }) }), fc.array(fc.nat({ max: 9 }), { maxLength: 2 })),
  lane: maybe(lane, 4),
  key: maybe(key, 3),
  keyMode: maybe(fc.constantFrom(...KEY_MODES), 4),
  priority: maybe(fc.integer({ min: -2, max: 2 })),
  /** Ms from now. */
  runIn: maybe(fc.constantFrom(-2 * HOUR, -90_000, -60_000, HOUR)),
  maxAttempts: maybe(fc.integer({ min: 1, max: 3 })),
  flags: maybe(fc.subarray(MODEL_FLAGS)),
  group: maybe(fc.constantFrom("g.1", "g.2")),
  onChildFailure: maybe(fc.constantFrom(...CHILD_FAILURE_POLICIES), 3),
  createdBy: maybe(fc.constantFrom("person:p", "key:k"), 4),
});
export type DrawnSpec = typeof spec extends fc.Arbitrary<infer T> ? T : never;

export const specAt = ({ runIn, ...rest }: DrawnSpec, now: number): ShadowSpec =>
  present({ ...rest, runAt: runIn === undefined ? undefined : now + runIn });

/** New tasks get the ids that the queue gave them; one that was there has to be the one that the shadow means. */
const bind = (shadow: Shadow, expected: readonly ShadowAdded[], ids: readonly string[]): void => {
  for (const [index, { task }] of expected.entries()) {
    const id = ids[index] ?? "";
    if (task.id === "") {
      expect(shadow.find(id), "a new task has an id of its own").toBeUndefined();
      task.id = id;
    }
    expect(id, "which task answers").toBe(task.id);
  }
};

/** Those with a key that is taken go last: whether they have their turns before or after the rest is not promised. */
const takenLast = (shadow: Shadow, specs: readonly ShadowSpec[]): ShadowSpec[] => {
  const taken = new Set(shadow.tasks.filter(isLive).map(({ key }) => key));
  const failed = new Set(shadow.tasks.filter(({ status }) => status === "failed").map(({ key }) => key));
  const isTaken = specs.map(({ key = "", keyMode }) => {
    if (key === "") return false;
    const isFree = !taken.has(key);
    taken.add(key);
    return !isFree || (keyMode === "unsafe_dedupe" && failed.has(key));
  });
  return [...specs.filter((_, index) => !isTaken[index]), ...specs.filter((_, index) => isTaken[index])];
};

export const add = async ({ shadow, real }: Both, drawn: readonly ShadowSpec[], parent?: Fence): Promise<void> => {
  const specs = takenLast(shadow, drawn);
  const { queue } = parent ? real.runner : real.backend;
  const answer = await answerOf(queue.add(specs as readonly NewTask[], parent));
  const expected = shadowAdd(shadow, specs, parent);
  if (typeof expected === "string" || typeof answer === "string") {
    expect(answer).toBe(expected);
    return;
  }
  expect(
    answer.map(({ created }) => created),
    "what was created",
  ).toEqual(expected.map(({ created }) => created));
  bind(
    shadow,
    expected,
    answer.map(({ task }) => task.id),
  );
};

/** One that is not valid: the whole call is refused and nothing of it is added. */
const addInvalid = async ({ real }: Both, specs: readonly ShadowSpec[]): Promise<void> => {
  const bad = [...specs, { kind: "k.a", payload: {}, maxAttempts: 0 }];
  const answer = await answerOf(real.backend.queue.add(bad as readonly NewTask[]));
  expect(answer, "I20: refused, for the one or the other").toBeOneOf(["MAX_ATTEMPTS_INVALID", "KIND_DISABLED"]);
};

/** To somebody who holds a lease, or is taken to. */
export const addChildren = (spec: fc.Arbitrary<DrawnSpec>): fc.Arbitrary<Command> =>
  command(
    "addChildren",
    fc.record({ fence, specs: fc.array(spec, { minLength: 1, maxLength: 3 }) }),
    async (both, drawn) => {
      const parent = fenceAt(both.shadow, drawn.fence);
      if (!parent) return;
      await add(
        both,
        drawn.specs.map((each) => specAt(each, both.shadow.now)),
        parent,
      );
    },
  );

const removeTask = async ({ shadow, real }: Both, name: string): Promise<void> => {
  const answer = await real.backend.queue.removeTask(name);
  const expected = shadowRemoveKey(shadow, name);
  expect(answer && { id: answer.id, status: answer.status }).toEqual(
    expected && { id: expected.id, status: expected.status },
  );
};

export const addingCommands: readonly { readonly weight: number; readonly arbitrary: fc.Arbitrary<Command> }[] = [
  {
    weight: 12,
    arbitrary: command("add", fc.array(spec, { minLength: 1, maxLength: 4 }), (both, specs) =>
      add(
        both,
        specs.map((each) => specAt(each, both.shadow.now)),
      ),
    ),
  },
  {
    weight: 1,
    arbitrary: command("addInvalid", fc.array(spec, { maxLength: 2 }), (both, specs) =>
      addInvalid(
        both,
        specs.map((each) => specAt(each, both.shadow.now)),
      ),
    ),
  },
  { weight: 8, arbitrary: addChildren(spec) },
  {
    weight: 2,
    arbitrary: command("removeTask", key, removeTask),
  },
];
