import * as fc from "fast-check";
import { expect } from "vitest";
import type { LaneLimits, QueuePorts, TaskAction, TaskSelection } from "../../../src/index.ts";
import {
  answerOf,
  type Both,
  type Command,
  command,
  HOUR,
  kind,
  lane,
  maybe,
  MODEL_RUNNERS,
  number,
  present,
  taskAt,
} from "./command.ts";
import { matching, shadowAct, shadowPrune } from "./shadow-admin.ts";
import type { ShadowTask } from "./shadow.ts";
import { shadowCancel, shadowRelease } from "./shadow-run.ts";

type Weighted = { readonly weight: number; readonly arbitrary: fc.Arbitrary<Command> };

// --- tasks

const ACTIONS = [
  "complete",
  "fail",
  "reschedule",
  "redrive",
  "redrive",
  "retry_children",
  "hold",
  "resume",
  "cancel",
  "remove",
] as const;

export const actDrawn = fc.record({
  type: fc.constantFrom(...ACTIONS),
  on: fc.oneof(
    fc.record({ numbers: fc.array(number, { minLength: 1, maxLength: 3 }) }),
    fc.record({ lane: maybe(lane), kinds: maybe(fc.tuple(kind)) }),
  ),
  preview: fc.constantFrom(false, false, false, true),
  runIn: maybe(fc.constantFrom(-HOUR, HOUR)),
  priority: maybe(fc.integer({ min: -2, max: 2 })),
  maxAttempts: maybe(fc.integer({ min: 3, max: 5 })),
  cancelled: maybe(fc.boolean()),
});
type Act = typeof actDrawn extends fc.Arbitrary<infer T> ? T : never;

const actionOf = ({ type, runIn, priority, maxAttempts, cancelled }: Act, now: number): TaskAction => {
  if (type === "retry_children") return present({ type, cancelled }) as TaskAction;
  if (type === "complete") return { type, result: { by: "an operator" } };
  if (type === "fail") return { type, reason: "not wanted" };
  if (type !== "reschedule") return { type };
  return present({ type, runAt: runIn === undefined ? undefined : now + runIn, priority, maxAttempts }) as TaskAction;
};

export const act = async ({ shadow, real }: Both, drawn: Act): Promise<void> => {
  const action = actionOf(drawn, shadow.now);
  const { on } = drawn;
  // In order of addition: of two that want the same key, the first in the selection has it.
  const named = new Set("numbers" in on ? on.numbers.flatMap((each) => taskAt(shadow, each) ?? []) : []);
  const ids = shadow.tasks.filter((task) => named.has(task)).map(({ id }) => id);
  const selection: TaskSelection = "numbers" in on ? { ids } : { filter: present(on) };
  const fits = (task: ShadowTask): boolean =>
    "numbers" in on
      ? ids.includes(task.id)
      : (on.lane === undefined || task.lane === on.lane) && (on.kinds === undefined || on.kinds.includes(task.kind));
  const answer = await real.backend.admin.act(action, selection, { preview: drawn.preview });
  const matched = matching(shadow, action, fits);
  expect(answer.matched, "matched").toBe(matched.length);
  if (drawn.preview) {
    expect(answer.changed).toBe(0);
    return;
  }
  const changed = shadowAct(shadow, action, matched);
  expect(answer.changed, "changed").toBe(changed.length);
  expect(answer.tasks.map(({ id }) => id).toSorted()).toEqual(changed.map(({ id }) => id).toSorted());
};

// --- lanes

const isAtWork = (task: ShadowTask): boolean => task.status === "pending" || task.leaseUntil > 0;

const limits: fc.Arbitrary<LaneLimits> = fc.record({
  concurrency: fc.constantFrom(null, 1, 1, 2),
  gapMs: fc.constant(0),
  rate: fc.constantFrom(null, null, { count: 1, intervalMs: 20 * HOUR }, { count: 3, intervalMs: 24 * HOUR }),
});

type At = { readonly lane: string };

const configureLane = async ({ shadow, real }: Both, { lane, limits }: At & { limits: LaneLimits }): Promise<void> => {
  await real.backend.queue.configureLane(lane, limits);
  const there = shadow.lane(lane);
  const isNewRate = JSON.stringify(there.rate) !== JSON.stringify(limits.rate ?? null);
  Object.assign(there, limits, isNewRate && { fullAt: 0 });
  shadow.configured.add(lane);
};

const blockLane = async ({ shadow, real }: Both, { lane, forMs }: At & { forMs: number }): Promise<void> => {
  const until = shadow.now + forMs;
  await real.runner.queue.blockLane(lane, until, "a 429");
  const there = shadow.lane(lane);
  there.blockedUntil = Math.max(there.blockedUntil, until);
};

const reserveSlot = async ({ shadow, real }: Both, { lane, gapMs }: At & { gapMs: number }): Promise<void> => {
  const at = await real.runner.queue.reserveSlot(lane, gapMs);
  const there = shadow.lane(lane);
  expect(at, "a slot is not before the last one's gap").toBeGreaterThanOrEqual(there.nextAt);
  there.nextAt = at + Math.max(gapMs, there.gapMs);
};

type Switch = "pause" | "resume" | "drain";

const callSwitch = ({ admin }: QueuePorts, lane: string, to: Switch): Promise<number | void> => {
  if (to === "pause") return admin.pauseLane(lane, "maintenance");
  return to === "resume" ? admin.resumeLane(lane) : admin.drainLane(lane);
};

const switchLane = async ({ shadow, real }: Both, { lane, to }: At & { to: Switch }): Promise<void> => {
  const answer = await answerOf(callSwitch(real.backend, lane, to));
  if (answer === "LANE_NOT_FOUND") {
    const known = shadow.configured.has(lane) || shadow.tasks.some((task) => task.lane === lane && isAtWork(task));
    expect(known, `${lane} is known`).toBe(false);
    return;
  }
  const there = shadow.lane(lane);
  if (to === "pause") there.isPaused = true;
  if (to === "resume") Object.assign(there, { isPaused: false, blockedUntil: 0 });
  if (to !== "drain") return;
  const waiting = shadow.tasks.filter((task) => task.lane === lane && ["pending", "paused"].includes(task.status));
  const ids = waiting.map(({ id }) => id);
  expect(answer, "drained").toBe(shadowCancel(shadow, ids).size);
};

const laneCommands: readonly Weighted[] = [
  { weight: 4, arbitrary: command("configureLane", fc.record({ lane, limits }), configureLane) },
  {
    weight: 1,
    arbitrary: command("blockLane", fc.record({ lane, forMs: fc.constantFrom(HOUR, -HOUR) }), blockLane),
  },
  {
    weight: 1,
    arbitrary: command("reserveSlot", fc.record({ lane, gapMs: fc.constantFrom(0, HOUR) }), reserveSlot),
  },
  {
    weight: 4,
    arbitrary: command(
      "switchLane",
      fc.record({ lane, to: fc.constantFrom<Switch>("pause", "resume", "resume", "drain") }),
      switchLane,
    ),
  },
];

// --- definitions, runners

/** Its defaults are the business of those who enqueue by a kind's name: a queue adds what it is given. */
const define = async ({ shadow, real }: Both, kind: string): Promise<void> => {
  await real.runner.definitions.define([{ kind, title: kind, defaults: { payload: { n: 1 }, priority: 1 } }]);
  const { isDisabled = false, isRemoved = false } = shadow.definitions.get(kind) ?? {};
  shadow.definitions.set(kind, { isDisabled, isRemoved });
};

const SWITCHES = ["disabled", "active", "active", "remove", "restore", "restore"] as const;
type DefinitionSwitch = (typeof SWITCHES)[number];

const callDefinitions = ({ definitions }: QueuePorts, kind: string, to: DefinitionSwitch) => {
  if (to === "remove") return definitions.removeDefinition(kind);
  return to === "restore" ? definitions.restoreDefinition(kind) : definitions.setDefinitionStatus(kind, to);
};

const switchDefinition = async (
  { shadow, real }: Both,
  { kind, to }: { readonly kind: string; readonly to: DefinitionSwitch },
): Promise<void> => {
  const answer = await answerOf(callDefinitions(real.backend, kind, to));
  const there = shadow.definitions.get(kind);
  if (!there) {
    expect(answer).toBe("DEFINITION_NOT_FOUND");
    return;
  }
  if (to === "remove" || to === "restore") there.isRemoved = to === "remove";
  else there.isDisabled = to === "disabled";
  expect(answer).toMatchObject({ kind, status: there.isDisabled ? "disabled" : "active" });
};

const releaseRunner = async (
  { shadow, real }: Both,
  { runner, force }: { readonly runner: string; readonly force: boolean },
): Promise<void> => {
  const answer = await answerOf(real.backend.admin.releaseRunner(runner, { force }));
  const expected = shadowRelease(shadow, runner, force);
  expect(typeof answer === "string" ? answer : answer.released).toBe(expected);
};

const prune = async ({ shadow, real }: Both, status: "done" | "failed" | "cancelled"): Promise<void> => {
  const answer = await real.backend.admin.prune({ [status]: { maxCount: 0 } });
  expect(answer).toEqual({ removed: shadowPrune(shadow, status), more: false });
};

export const operatorCommands: readonly Weighted[] = [
  { weight: 8, arbitrary: command("act", actDrawn, act) },
  ...laneCommands,
  { weight: 1, arbitrary: command("define", kind, define) },
  {
    weight: 2,
    arbitrary: command("switchDefinition", fc.record({ kind, to: fc.constantFrom(...SWITCHES) }), switchDefinition),
  },
  { weight: 1, arbitrary: command("prune", fc.constantFrom("done", "failed", "cancelled"), prune) },
  {
    weight: 1,
    arbitrary: command(
      "releaseRunner",
      fc.record({ runner: fc.constantFrom(...MODEL_RUNNERS), force: fc.boolean() }),
      releaseRunner,
    ),
  },
];
