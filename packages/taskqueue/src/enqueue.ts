import { ChapterhouseError } from "@chapterhouse/domain";
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { AddedTask, Definitions, NewTask, TaskDefaults, TaskDefinition, TaskQueue } from "./ports.ts";
import { validateTasks } from "./validate-task.ts";

/**
 * Tasks of any kind by its name, as they are to be added: what a task does not say, the kind's definition says. Throws
 * what `TaskQueue.add` throws of tasks that are not valid, `KIND_DISABLED`, `DEFINITION_NOT_FOUND` for a kind without a
 * definition, and `PAYLOAD_INVALID` with `details` {index, kind, problems: [{path, message}]}.
 */
export type Complete = (tasks: readonly NewTask[]) => Promise<readonly NewTask[]>;

/** Completes tasks and adds all or none of them (taskstore's TaskDefinitionEnqueueByAlias). Throws what both throw. */
export type Enqueue = (tasks: readonly NewTask[]) => Promise<readonly AddedTask[]>;

export interface EnqueuerOptions {
  readonly queue: Pick<TaskQueue, "add">;
  readonly definitions: Pick<Definitions, "listDefinitions">;
}

export const createCompleter = ({ definitions }: Pick<EnqueuerOptions, "definitions">): Complete => {
  const checks = new PayloadChecks();
  return async (tasks) => {
    validateTasks(tasks);
    const all = await definitions.listDefinitions({ removed: true });
    const byKind = new Map(all.map((definition) => [definition.kind, definition]));
    return tasks.map((task, index) => {
      const definition = activeDefinition(byKind, task.kind, index);
      const merged = withDefaults(task, definition.defaults);
      checks.refuseInvalid(merged, index, definition.payloadSchema);
      return merged;
    });
  };
};

export const createEnqueuer = ({ queue, definitions }: EnqueuerOptions): Enqueue => {
  const complete = createCompleter({ definitions });
  return async (tasks) => queue.add(await complete(tasks));
};

const activeDefinition = (byKind: ReadonlyMap<string, TaskDefinition>, kind: string, index: number): TaskDefinition => {
  const definition = byKind.get(kind);
  const details = { index, kind };
  if (!definition)
    throw new ChapterhouseError("DEFINITION_NOT_FOUND", `There is no definition of ${kind}`, { details });
  if (definition.status === "active" && definition.removedAt === null) return definition;
  throw new ChapterhouseError("KIND_DISABLED", `New tasks of the kind ${kind} are refused`, { details });
};

const isList = (payload: NewTask["payload"]): payload is readonly unknown[] => Array.isArray(payload);

/** A list in the place of a payload is taken as it is. */
const withDefaults = (task: NewTask, { payload, ...defaults }: TaskDefaults): NewTask => ({
  ...defaults,
  ...task,
  payload: isList(task.payload) ? task.payload : { ...payload, ...task.payload },
});

const problemOf = ({ instancePath, message, params }: ErrorObject) => ({
  path: instancePath,
  message:
    "additionalProperty" in params ? `must not have ${String(params["additionalProperty"])}` : (message ?? "invalid"),
});

/** Compiled once a schema: what a definition says may change between two calls, and then its text does. */
class PayloadChecks {
  readonly #compiled = new Map<string, ValidateFunction>();

  refuseInvalid({ kind, payload }: NewTask, index: number, schema: TaskDefinition["payloadSchema"]): void {
    if (schema === null) return;
    const check = this.#compile(kind, schema);
    if (check(payload)) return;
    const problems = (check.errors ?? []).map(problemOf);
    const [first] = problems;
    const message = `The payload of task ${index} does not fit ${kind}: ${first?.path ?? ""} ${first?.message ?? ""}`;
    throw new ChapterhouseError("PAYLOAD_INVALID", message, { details: { index, kind, problems } });
  }

  #compile(kind: string, schema: NonNullable<TaskDefinition["payloadSchema"]>): ValidateFunction {
    const text = JSON.stringify(schema);
    const known = this.#compiled.get(text);
    if (known) return known;
    // Of its own: schemas of two versions may have the same $id. Not strict: unknown keywords are notes.
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    formats.default(ajv);
    try {
      const check = ajv.compile(schema);
      this.#compiled.set(text, check);
      return check;
    } catch (cause) {
      const message = `The payload schema of ${kind} is not valid JSON Schema`;
      throw new ChapterhouseError("PAYLOAD_INVALID", message, { cause, details: { kind } });
    }
  }
}
