import {
  ChapterhouseError,
  type Outcome,
  PAYLOADS,
  type Task,
  type TaskError,
  type TaskKind,
} from "@chapterhouse/domain";
import { z } from "zod";
import type { DefinedKind } from "../define-kind.ts";
import type { KindPolicy, RetryDelays, TaskContext, TaskHandlers, TaskLogger } from "../handler.ts";
import { LONGEST_WAIT_MS } from "./outcome.ts";

/** What a worker does with the tasks of a kind. */
export interface KindPlan extends KindPolicy {
  readonly payload: z.ZodType;
  readonly handler: (payload: never, context: TaskContext) => Promise<Outcome>;
}

export interface KindSources {
  /** Of our own kinds. */
  readonly handlers?: TaskHandlers | undefined;
  /** Kinds of someone's own. */
  readonly defined?: readonly DefinedKind[] | undefined;
  /** Takes these of them alone; default: all. */
  readonly kinds?: readonly string[] | undefined;
  /** For our kinds; defined ones carry their own. */
  readonly policies?: { readonly [K in TaskKind]?: KindPolicy } | undefined;
}

/** By kind. Throws `KIND_INVALID` when two handlers are for the same. */
export const planKinds = ({ handlers = {}, defined = [], kinds, policies = {} }: KindSources) => {
  const plans = new Map<string, KindPlan>();
  for (const [kind, entry] of Object.entries(handlers)) {
    plans.set(kind, { ...ownPlan(entry), ...policies[kind as TaskKind], payload: PAYLOADS[kind as TaskKind] });
  }
  for (const plan of defined) {
    if (plans.has(plan.kind)) throw new ChapterhouseError("KIND_INVALID", `Two handlers are for ${plan.kind}`);
    plans.set(plan.kind, plan);
  }
  for (const kind of plans.keys()) if (kinds && !kinds.includes(kind)) plans.delete(kind);
  return plans as ReadonlyMap<string, KindPlan>;
};

/** What a plan takes of an entry of the list; the rest of a processor is its own. */
const ownPlan = (entry: TaskHandlers[TaskKind] & object): Omit<KindPlan, "payload"> => {
  if (typeof entry === "function") return { handler: entry };
  const { handler, timeLimitMs, retryDelaysMs } = entry;
  return {
    handler,
    ...(timeLimitMs !== undefined && { timeLimitMs }),
    ...(retryDelaysMs !== undefined && { retryDelaysMs }),
  };
};

/** Throws `PAYLOAD_INVALID`: the task fails for good. */
export const parsePayload = ({ payload }: KindPlan, task: Task): never => {
  const parsed = payload.safeParse(task.payload);
  if (parsed.success) return parsed.data as never;
  throw new ChapterhouseError(
    "PAYLOAD_INVALID",
    `The payload is none of ${task.kind}: ${z.prettifyError(parsed.error)}`,
    {
      details: {
        issues: parsed.error.issues.slice(0, 20).map(({ path, message }) => ({ path: path.join("."), message })),
      },
    },
  );
};

/** The delays that the kind's policy gives a failed attempt, unless the outcome has its own. */
export const withRetryDelays = (
  outcome: Outcome,
  { retryDelaysMs }: KindPolicy,
  task: Task,
  log: TaskLogger,
): Outcome => {
  if (outcome.type !== "fail" || outcome.permanent) return outcome;
  const { retryDelaysMs: own, ...failure } = outcome;
  const rule = own ?? retryDelaysMs;
  if (rule === undefined) return outcome;
  try {
    return { ...failure, retryDelaysMs: delaysOf(rule, task.attempts, failure.error) };
  } catch (error) {
    log.error({ err: error, kind: task.kind }, "the retry policy threw or gave no number: the usual delays are taken");
    return failure;
  }
};

/** Throws when they are no numbers. */
const delaysOf = (rule: RetryDelays, attempt: number, error: TaskError): readonly number[] => {
  const given = typeof rule === "function" ? [rule(attempt, error)] : rule;
  const delays = given.map((ms) => Math.min(Math.max(0, ms), LONGEST_WAIT_MS));
  if (delays.some(Number.isNaN)) throw new TypeError(`${given.join(", ")} is no delay in ms`);
  return delays;
};
