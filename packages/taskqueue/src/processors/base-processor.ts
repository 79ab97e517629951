import {
  type ChapterhouseError,
  ERRORS,
  isErrorCode,
  type Outcome,
  type ProgressReport,
  type TaskError,
  toChapterhouseError,
} from "@chapterhouse/domain";
import type { z } from "zod";
import type { ConfigurationOnly } from "../configuration-only.ts";
import { type DefinedKind, defineKind } from "../define-kind.ts";
import type { KindPolicy, RetryDelays, TaskContext } from "../handler.ts";
import type { TaskDefaults } from "../ports.ts";
import { exponentialDelay } from "./exponential-delay.ts";
import { type DeepReadonly, deepFreeze } from "./frozen.ts";

// A processor is a kind as a class: what its payload is, how often it is tried, what it does, whom it tells. What it does
// is said by BaseSimpleProcessor (one piece of work) or BaseFlowProcessor (steps); this is what both have.

/** What a processor is given of its payload: it is frozen. */
export type PayloadOf<S extends z.ZodType> = DeepReadonly<z.output<S>>;

/** A result, as an object of JSON values; nothing where there is nothing to tell. */
export type Result = object | void;

export interface Failure {
  readonly error: TaskError;
  /** Nobody will try again: the last attempt is spent, or the error's code says that it is of no use. */
  readonly isLast: boolean;
}

/** Never extended directly. One object serves many tasks at once: what belongs to one of them is in `context`. */
export abstract class BaseProcessor<S extends z.ZodType> implements KindPolicy {
  /** 1 to 128 characters: what its tasks are added by. */
  abstract readonly kind: string;
  /** Configuration only: see `ConfigurationOnly`. */
  abstract readonly payload: ConfigurationOnly<S>;
  /** For people; default: the kind. */
  declare readonly title?: string;
  readonly description: string = "";
  /** Attempts of a task that does not say it itself and is added by the kind's name (`createEnqueuer`). */
  readonly maxAttempts: number = 3;
  /** Default: 2, 4, 8 … seconds. */
  readonly retryDelaysMs: RetryDelays = exponentialDelay(2000);
  /** Hard limit of an attempt; default: none. */
  declare readonly timeLimitMs?: number;
  /** What else a task has when it does not say it itself. */
  readonly defaults: TaskDefaults = {};

  /** The kinds that a worker does with it: `runTaskList({ defined: [...processor.toKinds()] })`. Throws `KIND_INVALID`. */
  toKinds(): readonly DefinedKind[] {
    const { kind, title = kind, description, maxAttempts, defaults, retryDelaysMs, timeLimitMs, handler } = this;
    return [
      defineKind({
        kind,
        title,
        description,
        payload: this.payload as z.ZodType,
        handler: handler as (payload: unknown, context: TaskContext) => Promise<Outcome>,
        defaults: { maxAttempts, ...defaults },
        retryDelaysMs,
        ...(timeLimitMs !== undefined && { timeLimitMs }),
      }),
    ];
  }

  /** Does one task, with its hooks. A processor is an entry of `TaskList` by this and its policy. */
  readonly handler = async (payload: z.output<S>, context: TaskContext): Promise<Outcome> => {
    const frozen = deepFreeze(payload) as PayloadOf<S>;
    const told = this.#withProgressHook(frozen, context);
    // A continuation is the same attempt, going on.
    if (!context.task.continuation) await this.#tell(context, "onActive", () => this.onActive(frozen, told));
    try {
      const outcome = await this.work(frozen, told);
      if (outcome.type === "done") {
        await this.#tell(context, "onCompleted", () => this.onCompleted(outcome.result ?? {}, frozen, told));
      } else if (outcome.type === "fail") {
        const failure = { error: outcome.error, isLast: outcome.permanent === true || context.lastAttempt };
        await this.#tell(context, "onFailed", () => this.onFailed(failure, frozen, told));
      }
      return outcome;
    } catch (thrown) {
      const failure = failureOf(thrown, context);
      if (failure) await this.#tell(context, "onFailed", () => this.onFailed(failure, frozen, told));
      throw thrown;
    }
  };

  /** What it does, as the engine's outcome. */
  protected abstract work(payload: PayloadOf<S>, context: TaskContext): Promise<Outcome>;

  // The hooks. Each is called under the lease, before the outcome is stored: at least once, twice when the runner dies in
  // between. One that throws is logged and harms nothing. The work waits for all of them but onProgress.

  /** An attempt begins. */
  protected onActive(_payload: PayloadOf<S>, _context: TaskContext): void | Promise<void> {}

  /** It is done. Not called for a task whose children end it (`wait` without `then: "run"`). */
  protected onCompleted(
    _result: Readonly<Record<string, unknown>>,
    _payload: PayloadOf<S>,
    _context: TaskContext,
  ): void | Promise<void> {}

  /** An attempt failed. Not called for one that is put off, cancelled, or taken away (lease, crash, a deaf handler). */
  protected onFailed(_failure: Failure, _payload: PayloadOf<S>, _context: TaskContext): void | Promise<void> {}

  /** It said how far it is. */
  protected onProgress(
    _progress: ProgressReport,
    _payload: PayloadOf<S>,
    _context: TaskContext,
  ): void | Promise<void> {}

  #withProgressHook(payload: PayloadOf<S>, context: TaskContext): TaskContext {
    const told: TaskContext = extended(context, {
      progress: (progress: ProgressReport) => {
        context.progress(progress);
        void this.#tell(context, "onProgress", () => this.onProgress(progress, payload, told));
      },
    });
    return told;
  }

  async #tell(context: TaskContext, hook: string, call: () => void | Promise<void>): Promise<void> {
    try {
      await call();
    } catch (error) {
      context.log.error({ err: error, hook }, "a hook threw");
    }
  }
}

/** The context with more in it; its getters stay lazy. */
export const extended = <T extends object>(context: TaskContext, more: T): TaskContext & T =>
  Object.assign(Object.create(context) as TaskContext, more);

/** Null where the throw is no failure of the attempt. */
const failureOf = (thrown: unknown, { signal, lastAttempt }: TaskContext): Failure | null => {
  const known: ChapterhouseError = toChapterhouseError(signal.aborted ? signal.reason : thrown);
  if (signal.aborted && known.code !== "TIME_LIMIT") return null;
  const { code, message, details } = known;
  const retry = isErrorCode(code) ? ERRORS[code].retry : "again";
  if (retry === "later" || code === "LEASE_LOST") return null;
  return { error: { code, message, details: { ...details } }, isLast: retry === "never" || lastAttempt };
};
