import { ChapterhouseError, CHILD_FAILURE_POLICIES, type Outcome, type Task } from "@chapterhouse/domain";
import { LONGEST_WAIT_MS } from "./outcome.ts";

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

const isFailure = ({ error, retryDelaysMs }: Record<string, unknown>): boolean =>
  isObject(error) &&
  typeof error["code"] === "string" &&
  typeof error["message"] === "string" &&
  (retryDelaysMs === undefined || Array.isArray(retryDelaysMs));

const isWait = ({ onChildFailure, then }: Record<string, unknown>): boolean =>
  (onChildFailure === undefined || CHILD_FAILURE_POLICIES.some((policy) => policy === onChildFailure)) &&
  (then === undefined || then === "end" || then === "run");

const isOutcome = (value: unknown): value is Outcome => {
  if (!isObject(value)) return false;
  const { type, result, runAt, reason } = value;
  const hasResult = result === undefined || (isObject(result) && !Array.isArray(result));
  if (type === "done") return hasResult;
  if (type === "wait") return hasResult && isWait(value);
  if (type === "later") return typeof runAt === "number" && !Number.isNaN(runAt) && typeof reason === "string";
  return type === "fail" && isFailure(value);
};

/**
 * What a handler returned, if it is an outcome: types end where a program in plain JavaScript begins, and one settlement
 * that cannot be told would hold up all that go with it. Throws `INTERNAL`.
 */
export const checkedOutcome = (returned: unknown, { kind }: Task, now: number): Outcome => {
  if (!isOutcome(returned)) throw new ChapterhouseError("INTERNAL", `The handler of ${kind} returned no outcome`);
  if (returned.type !== "later") return returned;
  return { ...returned, runAt: Math.min(Math.max(0, returned.runAt), now + LONGEST_WAIT_MS) };
};
