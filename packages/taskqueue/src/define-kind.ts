import type { Outcome } from "@chapterhouse/domain";
import { z } from "zod";
import { type ConfigurationOnly, refuseExecutionState } from "./configuration-only.ts";
import type { KindPolicy, TaskContext } from "./handler.ts";
import type { NewDefinition, TaskDefaults } from "./ports.ts";

export interface KindSpec<S extends z.ZodType> extends KindPolicy {
  /** 1 to 128 characters; names the handler and is what tasks are added by. */
  readonly kind: string;
  readonly title: string;
  readonly description?: string;
  /** It may transform; nothing in it may be asynchronous. */
  readonly payload: S;
  readonly handler: (payload: z.output<S>, context: TaskContext) => Promise<Outcome>;
  readonly defaults?: TaskDefaults;
}

/** A kind of someone's own: what a worker does with it, and its definition for the store. */
export interface DefinedKind extends KindPolicy {
  readonly kind: string;
  readonly payload: z.ZodType;
  /** `payload` is what the schema made of the task's. */
  readonly handler: (payload: never, context: TaskContext) => Promise<Outcome>;
  readonly definition: NewDefinition;
}

/**
 * Its payload's schema is stored as JSON Schema; one that JSON Schema cannot say is stored as null and checked here alone.
 * Throws `KIND_INVALID` when it has fields of execution state (`EXECUTION_STATE`), which the compiler refuses before.
 */
export const defineKind = <S extends z.ZodType>(
  spec: KindSpec<S> & { readonly payload: ConfigurationOnly<S> },
): DefinedKind => {
  const { kind, title, description = "", handler, defaults = {}, timeLimitMs, retryDelaysMs } = spec;
  const payload: S = spec.payload;
  refuseExecutionState(kind, payload);
  return {
    kind,
    payload,
    handler,
    ...(timeLimitMs !== undefined && { timeLimitMs }),
    ...(retryDelaysMs !== undefined && { retryDelaysMs }),
    definition: { kind, title, description, defaults, payloadSchema: jsonSchemaOf(payload) },
  };
};

const jsonSchemaOf = (schema: z.ZodType): Record<string, unknown> | null => {
  try {
    return { ...z.toJSONSchema(schema, { io: "input" }) };
  } catch {
    return null;
  }
};
