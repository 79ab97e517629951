import { ChapterhouseError, type Outcome, PAYLOADS, type Task, type TaskKind } from "@chapterhouse/domain";
import { z } from "zod";
import type { DefinedKind } from "../define-kind.ts";
import type { KindPolicy, TaskContext, TaskHandlers, TaskLogger } from "../handler.ts";

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
  for (const [kind, handler] of Object.entries(handlers)) {
    plans.set(kind, { ...policies[kind as TaskKind], payload: PAYLOADS[kind as TaskKind], handler });
  }
  for (const plan of defined) {
    if (plans.has(plan.kind)) throw new ChapterhouseError("KIND_INVALID", `Two handlers are for ${plan.kind}`);
    plans.set(plan.kind, plan);
  }
  for (const kind of plans.keys()) if (kinds && !kinds.includes(kind)) plans.delete(kind);
  return plans as ReadonlyMap<string, KindPlan>;
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
  if (retryDelaysMs === undefined || outcome.type !== "fail" || outcome.permanent || outcome.retryDelaysMs)
    return outcome;
  if (typeof retryDelaysMs !== "function") return { ...outcome, retryDelaysMs };
  try {
    return { ...outcome, retryDelaysMs: [retryDelaysMs(task.attempts, outcome.error)] };
  } catch (error) {
    log.error({ err: error, kind: task.kind }, "the retry policy threw: the usual delays are taken");
    return outcome;
  }
};
