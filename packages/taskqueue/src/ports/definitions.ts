/** What a kind of task is, for people and for those who enqueue by its name. taskstore's task definition; its alias is our kind. */
export interface TaskDefinition {
  readonly kind: string;
  readonly title: string;
  readonly description: string;
  /** JSON Schema (draft 2020-12) of the payload; null: any object. */
  readonly payloadSchema: Readonly<Record<string, unknown>> | null;
  /**
   * What a task of this kind gets where it says nothing itself. Payloads are merged, the task's fields first. Given by
   * those who enqueue by name (`createEnqueuer`), as the payload's schema is checked there: `TaskQueue.add` knows neither.
   */
  readonly defaults: TaskDefaults;
  /** `disabled`: new tasks are refused (`KIND_DISABLED`), waiting ones are not claimed until it is active again. */
  readonly status: "active" | "disabled";
  /** ISO 8601. A removed definition refuses and holds as a disabled one does, and is listed only when asked for. */
  readonly removedAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface TaskDefaults {
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly lane?: string;
  readonly priority?: number;
  readonly maxAttempts?: number;
  readonly flags?: readonly string[];
}

export type NewDefinition = Pick<TaskDefinition, "kind" | "title"> &
  Partial<Pick<TaskDefinition, "description" | "payloadSchema" | "defaults">>;

/** A kind without a definition is active. */
export interface Definitions {
  /** Makes or changes them; status and removal stay as they are. Runners do this when they start. */
  define(definitions: readonly NewDefinition[]): Promise<void>;
  /** By kind. */
  listDefinitions(options?: { readonly removed?: boolean }): Promise<readonly TaskDefinition[]>;
  /** These throw `DEFINITION_NOT_FOUND`. */
  setDefinitionStatus(kind: string, status: TaskDefinition["status"]): Promise<TaskDefinition>;
  /** Soft: its row and its tasks stay. */
  removeDefinition(kind: string): Promise<TaskDefinition>;
  restoreDefinition(kind: string): Promise<TaskDefinition>;
}
