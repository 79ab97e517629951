import {
  type ChapterhouseError,
  ERRORS,
  isErrorCode,
  type Outcome,
  type Task,
  toChapterhouseError,
} from "@chapterhouse/domain";

const LATER_MS = 15_000;
/** Nothing is put off for longer: a rule that grows without bound must not end in a time that no date can say. */
export const LONGEST_WAIT_MS = 10 * 365 * 86_400_000;
const MOST_STACK = 8000;

/** When something that may not be tried now is tried again: as the error says (`retryAfterMs`), else in 15 s or so. */
const laterMs = (error: ChapterhouseError, random: () => number): number => {
  const asked = error.details["retryAfterMs"];
  return typeof asked === "number" && asked >= 0 ? Math.min(asked, LONGEST_WAIT_MS) : LATER_MS * (0.5 + random());
};

const stackOf = (thrown: unknown): { stack?: string } =>
  thrown instanceof Error && thrown.stack ? { stack: thrown.stack.slice(0, MOST_STACK) } : {};

/** What a throw of a handler means: its code says whether the task is tried again, put off, or over. */
export const outcomeOfThrow = (thrown: unknown, now: number, random: () => number): Outcome => {
  const error = toChapterhouseError(thrown);
  // Without types anything can be a code: one that is none of ours says nothing about trying again.
  const code = (error.code as string | undefined) ?? "INTERNAL";
  const { retry } = isErrorCode(code) ? ERRORS[code] : ERRORS.INTERNAL;
  if (retry === "later") return { type: "later", runAt: now + laterMs(error, random), reason: error.message };
  return {
    type: "fail",
    error: { code, message: error.message.slice(0, 2000), details: jsonDetails(error.details) },
    permanent: retry === "never",
    ...stackOf(thrown),
  };
};

/** Back as it was, and by the queue's own clock: ours may be ahead, and then "now" would put it off. */
export const putBack = ({ runAt }: Task, reason: string): Outcome => ({
  type: "later",
  runAt: Date.parse(runAt),
  reason,
});

/**
 * A handler that threw after its signal was aborted: a cancelled task is over, one past its time limit has spent an
 * attempt, any other is put back.
 */
export const outcomeOfAbort = (reason: unknown, task: Task): Outcome => {
  const { code, message } = toChapterhouseError(reason);
  const error = { code, message, details: {} };
  if (code === "CANCELLED") return { type: "fail", permanent: true, error };
  if (code === "TIME_LIMIT") return { type: "fail", error };
  return putBack(task, message);
};

/** Details as JSON can carry them; dropped when they are no object, cannot be written or are unreasonably large. */
const jsonDetails = (details: ChapterhouseError["details"]): Record<string, unknown> => {
  try {
    const text = JSON.stringify(details);
    return text.length > 32_768 || !text.startsWith("{") ? {} : (JSON.parse(text) as Record<string, unknown>);
  } catch {
    return {};
  }
};

/** What stands for an outcome that the queue refused: the task fails and says why, instead of running for ever. */
export const outcomeOfRefusal = (error: unknown): Outcome => ({
  type: "fail",
  permanent: true,
  error: {
    code: "STORE_REFUSED",
    message: `Its outcome was refused: ${toChapterhouseError(error).message}`.slice(0, 2000),
    details: {},
  },
});
