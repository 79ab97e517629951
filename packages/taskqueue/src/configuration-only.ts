import { ChapterhouseError } from "@chapterhouse/domain";
import { z } from "zod";

/**
 * What a task has achieved is in its progress, checkpoint, result and children, where the lease fences it, never in its
 * payload: whoever runs it a second time would find the first run's state there. A field of one of these names at the top
 * of a payload is refused; what is configuration all the same stands in an object of its own (`filter: { status }`).
 */
export const EXECUTION_STATE = [
  "attempts",
  "checkpoint",
  "completedAt",
  "completedSteps",
  "currentStep",
  "error",
  "errorLog",
  "errors",
  "failedSteps",
  "finishedAt",
  "lastProcessedAt",
  "processedCount",
  "progress",
  "result",
  "results",
  "startedAt",
  "state",
  "status",
  "stepResults",
  "uploadedFiles",
] as const;

export type ExecutionState = (typeof EXECUTION_STATE)[number];

type KeysOf<T> = T extends readonly unknown[] ? never : T extends object ? keyof T : never;
type StateIn<S extends z.ZodType> = Extract<KeysOf<z.input<S>> | KeysOf<z.output<S>>, ExecutionState>;

/** The schema itself, or what no schema is: then the compiler names the fields. */
export type ConfigurationOnly<S extends z.ZodType> = [StateIn<S>] extends [never]
  ? S
  : { readonly "a payload is configuration only, this is execution state": StateIn<S> };

/** The same where types have ended. Throws `KIND_INVALID`, with `details` {kind, fields}. */
export const refuseExecutionState = (kind: string, schema: z.ZodType): void => {
  const names = new Set([...fieldsOf(schema, "input"), ...fieldsOf(schema, "output")]);
  const fields = EXECUTION_STATE.filter((name) => names.has(name));
  if (fields.length === 0) return;
  const message = `The payload of ${kind} is configuration only, and ${fields.join(", ")} is execution state`;
  throw new ChapterhouseError("KIND_INVALID", message, { details: { kind, fields } });
};

interface Described {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly anyOf?: readonly Described[];
  readonly oneOf?: readonly Described[];
  readonly allOf?: readonly Described[];
}

const fieldsOf = (schema: z.ZodType, io: "input" | "output"): readonly string[] => {
  try {
    return namesIn(z.toJSONSchema(schema, { io, unrepresentable: "any" }) as Described);
  } catch {
    // What cannot be described at all (a schema that contains itself, say) is left to the types.
    return [];
  }
};

const namesIn = ({ properties = {}, anyOf = [], oneOf = [], allOf = [] }: Described): readonly string[] => [
  ...Object.keys(properties),
  ...[...anyOf, ...oneOf, ...allOf].flatMap(namesIn),
];
