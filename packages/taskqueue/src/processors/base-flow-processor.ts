import { ChapterhouseError, type Outcome, type Task } from "@chapterhouse/domain";
import { z } from "zod";
import { type DefinedKind, defineKind } from "../define-kind.ts";
import type { RetryDelays, TaskContext } from "../handler.ts";
import type { Child, NewTask } from "../ports.ts";
import { BaseProcessor, extended, type PayloadOf } from "./base-processor.ts";
import { exponentialDelay } from "./exponential-delay.ts";
import { deepFreeze } from "./frozen.ts";
import { type FlowSteps, type NextMove, nextMove, stepsInOrder } from "./next-steps.ts";
import { isStepResult, stepOf, type StepResult, stepResultOf, type TaskResult, taskResultOf } from "./step-result.ts";

// A flow is a parent whose children are its steps: `KIND.step` tasks of {step, input}. The parent's handler adds the next
// of them and waits; when they have ended it is called once more. All it knows it reads from its children, so that
// whatever dies in between, what is done is found there and not done again.

/** What a step is given beside its payload. */
export interface StepContext extends TaskContext {
  /** Of all steps of this flow that were begun, by their names. */
  readonly stepResults: Readonly<Record<string, StepResult>>;
}

type StepOptions = Pick<NewTask, "lane" | "priority" | "flags">;

const PAGE = 1000;
const MOST_MESSAGE = 2000;
const MOST_STACK = 8000;

export abstract class BaseFlowProcessor<S extends z.ZodType, Step extends string = string> extends BaseProcessor<S> {
  /** Default: 3 attempts a step, 2 and 4 seconds apart. */
  readonly stepAttempts: number = 3;
  readonly stepRetryDelaysMs: RetryDelays = exponentialDelay(2000);
  /** Hard limit of an attempt of a step; default: none. */
  declare readonly stepTimeLimitMs?: number;

  /** One after the other; those of a list within the list at once. A function of the payload alone. */
  protected abstract steps(payload: PayloadOf<S>): FlowSteps<Step>;

  /**
   * Does one step. Returns its data or a `StepResult`: a failed one is tried again. A throw is not, unless it is a
   * `ChapterhouseError`: its code says.
   */
  protected abstract processStep(step: Step, payload: PayloadOf<S>, context: StepContext): Promise<unknown>;

  /** What is there already of a step: asked before each attempt of it. Not null: the step is done with it. */
  protected async findExisting(_step: Step, _payload: PayloadOf<S>, _context: StepContext): Promise<unknown> {
    return null;
  }

  /** Where a step stands in the queue; default: where its flow does. */
  protected stepOptions(_step: Step, { lane, priority, flags }: Task): StepOptions {
    return { lane, priority, flags };
  }

  /** A step that failed and may be tried again, of anything that was thrown. */
  protected failedStep(stepType: Step, thrown: unknown): StepResult {
    const error = thrown instanceof Error ? thrown.message : String(thrown);
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    return { stepType, status: "failed", error, ...(stack !== undefined && { stack }) };
  }

  /** The flow, and its steps. */
  override toKinds(): readonly DefinedKind[] {
    const { stepKind, stepAttempts, stepRetryDelaysMs, stepTimeLimitMs, title = this.kind } = this;
    const step = defineKind({
      kind: stepKind,
      title: `${title}: a step`,
      description: `Added by ${this.kind} for each of its steps.`,
      payload: z.object({ step: z.string(), input: this.payload as z.ZodType }),
      handler: ({ step, input }, context) => this.#runStep(step as Step, input as z.output<S>, context),
      defaults: { maxAttempts: stepAttempts },
      retryDelaysMs: stepRetryDelaysMs,
      ...(stepTimeLimitMs !== undefined && { timeLimitMs: stepTimeLimitMs }),
    });
    return [...super.toKinds(), step];
  }

  get stepKind(): string {
    return `${this.kind}.step`;
  }

  protected async work(payload: PayloadOf<S>, context: TaskContext): Promise<Outcome> {
    const { task } = context;
    const flow = this.steps(payload);
    const steps = stepsInOrder(flow);
    const children = newestByStep(await allOf(context.children), this.stepKind);
    const move = nextMove(flow, children, task.continuation);
    if (move.type === "add") {
      const added = await context.addChildren(move.steps.map((step) => this.#childOf(step, task)));
      for (const { task: child } of added) children.set(stepOf(child), child);
    }
    const result = taskResultOf(steps, children);
    const { completedCount, totalSteps, currentStep = "" } = result;
    context.progress({ done: completedCount, total: totalSteps, unit: "steps", message: currentStep });
    return outcomeOfFlow(move.type, result);
  }

  /** Its input is the flow's payload as it was added, so that the schema makes the same of it once more. */
  #childOf(step: Step, task: Task): NewTask {
    return {
      kind: this.stepKind,
      payload: { step, input: task.payload },
      maxAttempts: this.stepAttempts,
      ...this.stepOptions(step, task),
    };
  }

  async #runStep(step: Step, input: z.output<S>, plain: TaskContext): Promise<Outcome> {
    const payload = deepFreeze(input) as PayloadOf<S>;
    const siblings = newestByStep(await allOf(plain.siblings), this.stepKind);
    siblings.delete(step);
    const stepResults = Object.fromEntries([...siblings].map(([name, task]) => [name, stepResultOf(name, task)]));
    const context = extended(plain, { stepResults });
    const existing = await this.findExisting(step, payload, context);
    if (existing !== null && existing !== undefined) return { type: "done", result: { data: existing } };
    try {
      return outcomeOfStep(step, await this.processStep(step, payload, context));
    } catch (thrown) {
      if (plain.signal.aborted || thrown instanceof ChapterhouseError) throw thrown;
      return failure(this.failedStep(step, thrown), true);
    }
  }
}

const outcomeOfFlow = (move: NextMove<string>["type"], taskResult: TaskResult): Outcome => {
  const result = { ...taskResult };
  if (move === "done") return { type: "done", result };
  if (move !== "failed") return { type: "wait", then: "run", onChildFailure: "ignore", result };
  const message = `Of ${result.totalSteps} steps these failed: ${result.failedSteps.join(", ")}`;
  return { type: "fail", permanent: true, error: { code: "STEPS_FAILED", message, details: result } };
};

const outcomeOfStep = (step: string, returned: unknown): Outcome => {
  if (!isStepResult(returned)) return { type: "done", result: { data: returned } };
  if (returned.status === "completed") return { type: "done", result: { data: returned.data } };
  if (returned.status === "failed") return failure(returned, false);
  throw new ChapterhouseError("INTERNAL", `The step ${step} returned and says that it is running`);
};

const failure = ({ stepType, error = "It failed", stack }: StepResult, permanent: boolean): Outcome => ({
  type: "fail",
  error: { code: "STEP_FAILED", message: error.slice(0, MOST_MESSAGE), details: { step: stepType } },
  permanent,
  ...(stack !== undefined && { stack: stack.slice(0, MOST_STACK) }),
});

const allOf = async (read: TaskContext["children"]): Promise<readonly Child[]> => {
  const all: Child[] = [];
  for (;;) {
    const page = await read({ from: all.length, limit: PAGE });
    all.push(...page);
    if (page.length < PAGE) return all;
  }
};

/** A step that was tried anew after a redrive has several children: the last one counts. */
const newestByStep = (children: readonly Child[], kind: string): Map<string, Task> =>
  new Map(children.flatMap(({ task }) => (task.kind === kind ? [[stepOf(task), task] as const] : [])));
