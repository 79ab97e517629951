import * as fc from "fast-check";
import { checkInvariants } from "./invariants.ts";
import type { LogWitness } from "./log-witness.ts";
import { compareTasks, nextMoment, type Real } from "./real.ts";
import type { SeenHistory } from "./seen.ts";
import { isHeld, type Shadow, type ShadowTask } from "./shadow.ts";

export interface Model {
  readonly shadow: Shadow;
  /** The highest lease seen of each task. */
  readonly leases: Map<string, number>;
  readonly seen: SeenHistory;
  readonly log: LogWitness;
}

export interface Both {
  readonly shadow: Shadow;
  readonly real: Real;
}

export type Command = fc.AsyncCommand<Model, Real>;

/**
 * A command draws what it does without knowing the state (tasks and fences are named by number, counted back from the
 * newest), does it to the shadow and to the queue, and compares the answers; then the whole state is compared and the
 * invariants are checked.
 */
export const command = <T>(
  name: string,
  drawn: fc.Arbitrary<T>,
  run: (both: Both, drawn: T) => Promise<void>,
): fc.Arbitrary<Command> =>
  drawn.map((args) => ({
    check: () => true,
    toString: () => `${name}(${fc.stringify(args)})`,
    run: async ({ shadow, leases, seen, log }, real) => {
      shadow.now = await nextMoment(shadow, real);
      await run({ shadow, real }, args);
      const tasks = await compareTasks(shadow, real);
      seen.look(tasks);
      await log(tasks);
      await checkInvariants(tasks, new Set(shadow.tasks.filter(isHeld).map(({ id }) => id)), leases, real);
    },
  }));

/** What a call answers, or the code of its refusal. */
export const answerOf = async <T>(call: Promise<T>): Promise<T | string> => {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Error && "code" in error) return String(error.code);
    throw error;
  }
};

export const HOUR = 3_600_000;
export const MODEL_KINDS = ["k.a", "k.b"];
export const MODEL_LANES = ["l.0", "l.1", "l.2"];
export const MODEL_FLAGS = ["heavy", "foreign"];
export const MODEL_RUNNERS = ["r.1", "r.2"];

export const number = fc.nat({ max: 1000 });
export const kind = fc.constantFrom(...MODEL_KINDS);
export const lane = fc.constantFrom(...MODEL_LANES);
/** Undefined once in `freq`. */
export const maybe = <T>(drawn: fc.Arbitrary<T>, freq = 2): fc.Arbitrary<T | undefined> =>
  fc.option(drawn, { nil: undefined, freq });

export const present = <T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as never;

const back = <T>(list: readonly T[], index: number): T | undefined => list[list.length - 1 - (index % list.length)];

export const taskAt = (shadow: Shadow, index: number): ShadowTask | undefined => back(shadow.tasks, index);

/** Mostly a lease that holds; else any that was ever handed out. */
export const fence = fc.record({ anyOf: number, isAny: fc.constantFrom(false, false, false, true) });
export const fenceAt = (shadow: Shadow, { anyOf, isAny }: { anyOf: number; isAny: boolean }) => {
  const held = shadow.fences.filter((each) => shadow.holder(each));
  return back(isAny || held.length === 0 ? shadow.fences : held, anyOf);
};
