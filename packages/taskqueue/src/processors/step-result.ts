import { isTerminal, type Task } from "@chapterhouse/domain";

/** One step of a flow, as its child tells it. Times are ISO 8601, of the last attempt, by the queue's clock. */
export interface StepResult {
  readonly stepType: string;
  readonly status: "running" | "completed" | "failed";
  readonly error?: string;
  /** Of a step that fails: for the `errorLog` alone. */
  readonly stack?: string;
  readonly startedAt?: string;
  readonly completedAt?: string;
  readonly data?: unknown;
}

/** How far a flow came: its result when it is done, the details of its error when it failed. */
export interface TaskResult {
  /** Of those that were begun. */
  readonly steps: Readonly<Record<string, StepResult>>;
  readonly completedSteps: readonly string[];
  readonly failedSteps: readonly string[];
  /** The first that is not completed. */
  readonly currentStep?: string;
  readonly totalSteps: number;
  readonly completedCount: number;
  readonly failedCount: number;
  readonly startedAt?: string;
  readonly completedAt?: string;
}

/** Told apart from data by its two words. */
export const isStepResult = (value: unknown): value is StepResult => {
  if (typeof value !== "object" || value === null) return false;
  const { stepType, status } = value as Partial<Record<string, unknown>>;
  return typeof stepType === "string" && (status === "running" || status === "completed" || status === "failed");
};

/** The step that a child of a flow does; the kind of one that is none. */
export const stepOf = ({ kind, payload }: Task): string => {
  const { step } = payload as { readonly step?: unknown };
  return typeof step === "string" ? step : kind;
};

/** A step's child is done with `{ data }`. Between two attempts it is still running. */
export const stepResultOf = (stepType: string, { status, startedAt, finishedAt, result, error }: Task): StepResult => {
  const times = {
    ...(startedAt !== null && { startedAt }),
    ...(finishedAt !== null && { completedAt: finishedAt }),
  };
  if (!isTerminal(status)) return { stepType, status: "running", ...times };
  if (status === "done") return { stepType, status: "completed", ...times, data: result?.["data"] };
  return { stepType, status: "failed", error: error?.message ?? "It was cancelled", ...times };
};

/** `children` by step; `steps` are all of them, in their order. */
export const taskResultOf = (steps: readonly string[], children: ReadonlyMap<string, Task>): TaskResult => {
  const begun = steps.flatMap((step) => {
    const child = children.get(step);
    return child ? [stepResultOf(step, child)] : [];
  });
  const having = (status: StepResult["status"]) =>
    begun.filter((result) => result.status === status).map(({ stepType }) => stepType);
  const completedSteps = having("completed");
  const failedSteps = having("failed");
  const currentStep = steps.find((step) => !completedSteps.includes(step));
  const startedAt = begun.flatMap((result) => result.startedAt ?? []).toSorted()[0];
  const completedAt = begun
    .flatMap((result) => result.completedAt ?? [])
    .toSorted()
    .at(-1);
  const isOver = currentStep === undefined || failedSteps.length > 0;
  return {
    steps: Object.fromEntries(begun.map((result) => [result.stepType, result])),
    completedSteps,
    failedSteps,
    ...(currentStep !== undefined && { currentStep }),
    totalSteps: steps.length,
    completedCount: completedSteps.length,
    failedCount: failedSteps.length,
    ...(startedAt !== undefined && { startedAt }),
    ...(isOver && completedAt !== undefined && { completedAt }),
  };
};
