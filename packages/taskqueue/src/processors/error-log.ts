import type { LogLine, Task } from "@chapterhouse/domain";
import type { Admin, TaskQueue } from "../ports.ts";
import { stepOf } from "./step-result.ts";

/** Of one task, the newest; and of so many children: a flow has few of both. */
const MOST_FAILURES = 100;
const MOST_CHILDREN = 1000;

/** A failed attempt. `step` is null where it is the task's own, and the kind of a child that is no step. */
export interface LoggedError {
  readonly step: string | null;
  readonly line: Pick<LogLine, "at" | "attempt" | "code" | "message" | "stack">;
}

/**
 * The failed attempts of a task and of its children, the oldest first, as one text: also the crashes and time limits.
 * Nothing is kept for it: the queue writes each failure into the task's log in the transaction that stores it, so that no
 * crash loses one. One call for each child that was claimed more than once or is not done.
 */
export const readErrorLog = async (
  ports: { readonly queue: Pick<TaskQueue, "children">; readonly admin: Pick<Admin, "readLog"> },
  task: Task,
): Promise<string> => {
  const children = task.children.total > 0 ? await ports.queue.children(task.id, { limit: MOST_CHILDREN }) : [];
  const errors: LoggedError[] = [];
  const collect = async (step: string | null, { id }: Task) => {
    const { items } = await ports.admin.readLog(id, { limit: MOST_FAILURES, failures: true });
    errors.push(...items.toReversed().map((line) => ({ step, line })));
  };
  for (const child of children) if (mayHaveFailed(child.task)) await collect(stepOf(child.task), child.task);
  // After those that it may have failed by, at the same ms.
  await collect(null, task);
  return errorLogText(errors);
};

/** A lease for each time it was claimed: attempts are counted anew by a redrive. */
const mayHaveFailed = ({ status, lease }: Task): boolean => lease > 1 || (lease === 1 && status !== "done");

/**
 * Each attempt is an entry, with an empty line between two of them:
 *
 *     2026-01-01T00:00:00.000Z transcode, attempt 2: no space left (STEP_FAILED)
 *     Error: no space left
 *         at Video.processStep (video.ts:12:9)
 */
export const errorLogText = (errors: readonly LoggedError[]): string =>
  errors
    .toSorted((one, other) => one.line.at.localeCompare(other.line.at))
    .map(({ step, line: { at, attempt, code, message, stack } }) => {
      const head = `${at} ${step === null ? "" : `${step}, `}attempt ${attempt}: ${message} (${code ?? "INTERNAL"})`;
      return stack === null ? head : `${head}\n${stack.trimEnd()}`;
    })
    .join("\n\n");
