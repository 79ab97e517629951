import { ChapterhouseError, type Outcome } from "@chapterhouse/domain";
import type { z } from "zod";
import type { TaskContext } from "../handler.ts";
import { BaseProcessor, type PayloadOf, type Result } from "./base-processor.ts";

/** What `process` answers instead of a result: the task has not ended. */
export class Unfinished {
  readonly outcome: Outcome;

  constructor(outcome: Outcome) {
    this.outcome = outcome;
  }
}

type Wait = Omit<Extract<Outcome, { type: "wait" }>, "type" | "result"> & { readonly result?: object };

/** One piece of work. A throw is an attempt that failed; a `ChapterhouseError`'s code says what that means. */
export abstract class BaseSimpleProcessor<S extends z.ZodType, R extends Result = Result> extends BaseProcessor<S> {
  /** Does it, or answers `this.wait()` or `this.later()`. */
  protected abstract process(payload: PayloadOf<S>, context: TaskContext): Promise<R | Unfinished>;

  /** What is there already of an earlier run, or of someone else's: asked first. Not null: that is the result. */
  protected async findExisting(_payload: PayloadOf<S>, _context: TaskContext): Promise<NonNullable<R> | null> {
    return null;
  }

  /** Until the children that were added have ended; `process` is called once more then with `then: "run"`. */
  protected wait({ result, ...wait }: Wait = {}): Unfinished {
    return new Unfinished({ type: "wait", ...wait, ...(result && { result: { ...result } }) });
  }

  /** Not before `runAt` (ms since the epoch), and no attempt spent, because of `reason`. */
  protected later(runAt: number, reason: string): Unfinished {
    return new Unfinished({ type: "later", runAt, reason });
  }

  protected async work(payload: PayloadOf<S>, context: TaskContext): Promise<Outcome> {
    // In a continuation its own work is what was found to be missing before.
    const existing = context.task.continuation ? null : await this.findExisting(payload, context);
    const result = existing ?? (await this.process(payload, context));
    if (result instanceof Unfinished) return result.outcome;
    if (!result) return { type: "done" };
    // Types allow lists and functions as objects; a copy of one would be stored as something else.
    if (typeof result !== "object" || Array.isArray(result)) {
      throw new ChapterhouseError("INTERNAL", `The result of ${this.kind} is no object`);
    }
    return { type: "done", result: { ...result } };
  }
}
