import {
  ChapterhouseError,
  CHILD_FAILURE_POLICIES,
  type Outcome,
  type Task,
  type TaskError,
} from "@chapterhouse/domain";
import { LONGEST_WAIT_MS } from "./outcome.ts";

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isFailure = ({ error, stack, retryDelaysMs }: Record<string, unknown>): boolean =>
  isObject(error) &&
  typeof error["code"] === "string" &&
  typeof error["message"] === "string" &&
  (error["details"] === undefined || isObject(error["details"])) &&
  (stack === undefined || typeof stack === "string") &&
  (retryDelaysMs === undefined || Array.isArray(retryDelaysMs));

const isWait = ({ onChildFailure, then }: Record<string, unknown>): boolean =>
  (onChildFailure === undefined || CHILD_FAILURE_POLICIES.some((policy) => policy === onChildFailure)) &&
  (then === undefined || then === "end" || then === "run");

const isOutcome = (value: unknown): value is Outcome => {
  if (!isObject(value)) return false;
  const { type, result, runAt, reason } = value;
  const hasResult = result === undefined || isObject(result);
  if (type === "done") return hasResult;
  if (type === "wait") return hasResult && isWait(value);
  if (type === "later") return typeof runAt === "number" && !Number.isNaN(runAt) && typeof reason === "string";
  return type === "fail" && isFailure(value);
};

const MOST_SHOWN = 200;

const shown = (value: unknown): string => {
  try {
    return JSON.stringify(value)?.slice(0, MOST_SHOWN) ?? typeof value;
  } catch {
    return typeof value;
  }
};

/**
 * What a handler returned, if it is an outcome: types end where a program in plain JavaScript begins, and one settlement
 * that cannot be told would hold up all that go with it. Throws `INTERNAL`.
 */
export const checkedOutcome = (returned: unknown, { kind }: Task, now: number): Outcome => {
  if (!isOutcome(returned)) {
    throw new ChapterhouseError("INTERNAL", `What the handler of ${kind} returned is no outcome: ${shown(returned)}`);
  }
  if (returned.type === "later") {
    return { ...returned, runAt: Math.min(Math.max(0, returned.runAt), now + LONGEST_WAIT_MS) };
  }
  if (returned.type !== "fail") return returned;
  // An error without details could not be shown, nor any list that it is in.
  const { code, message, details = {} } = returned.error as Partial<TaskError> & Omit<TaskError, "details">;
  return { ...returned, error: { code, message, details } };
};
