import { ChapterhouseError, isTerminal, type Task } from "@chapterhouse/domain";

/** One after the other; those of a list within the list at once. */
export type FlowSteps<Step extends string = string> = readonly (Step | readonly Step[])[];

export type NextMove<Step extends string> =
  | { readonly type: "add"; readonly steps: readonly Step[] }
  | { readonly type: "wait" | "failed" | "done" };

/** Throws `KIND_INVALID` when a step is there twice: their results could not be told apart. */
export const stepsInOrder = <Step extends string>(flow: FlowSteps<Step>): readonly Step[] => {
  const steps = flow.flat() as Step[];
  if (new Set(steps).size === steps.length) return steps;
  throw new ChapterhouseError("KIND_INVALID", `A step is twice among ${steps.join(", ")}`);
};

/**
 * What a flow does next, from the newest child of each step. What is done is never done again. A step that failed or was
 * cancelled ends the flow where that has just come about (a continuation), and is tried anew where the flow is.
 */
export const nextMove = <Step extends string>(
  flow: FlowSteps<Step>,
  children: ReadonlyMap<string, Task>,
  isContinuation: boolean,
): NextMove<Step> => {
  for (const group of flow) {
    const steps = typeof group === "string" ? [group] : group;
    const open = steps.filter((step) => children.get(step)?.status !== "done");
    if (open.length === 0) continue;
    const live = open.filter((step) => isLive(children.get(step)));
    const over = open.filter((step) => children.has(step) && !live.includes(step));
    const missing = open.filter((step) => !live.includes(step) && (!isContinuation || !over.includes(step)));
    if (isContinuation && over.length > 0) return { type: live.length > 0 ? "wait" : "failed" };
    return missing.length > 0 ? { type: "add", steps: missing } : { type: "wait" };
  }
  return { type: "done" };
};

const isLive = (child: Task | undefined): boolean => child !== undefined && !isTerminal(child.status);
