import { ChapterhouseError } from "@chapterhouse/domain";
import type { Definitions, NewDefinition, TaskDefinition } from "../ports.ts";
import type { QueueState } from "./queue-state.ts";

export class MemoryDefinitions implements Definitions {
  readonly #state: QueueState;

  constructor(state: QueueState) {
    this.#state = state;
  }

  async define(definitions: readonly NewDefinition[]): Promise<void> {
    const updatedAt = this.#at();
    for (const { kind, title, description = "", payloadSchema = null, defaults = {} } of structuredClone(definitions)) {
      const { status = "active", removedAt = null, createdAt = updatedAt } = this.#state.definitions.get(kind) ?? {};
      const said = { kind, title, description, payloadSchema, defaults };
      this.#state.definitions.set(kind, { ...said, status, removedAt, createdAt, updatedAt });
    }
  }

  async listDefinitions({ removed = false }: { readonly removed?: boolean } = {}): Promise<readonly TaskDefinition[]> {
    const all = [...this.#state.definitions.values()].filter(({ removedAt }) => removed || removedAt === null);
    return structuredClone(all.toSorted((a, b) => (a.kind < b.kind ? -1 : 1)));
  }

  async setDefinitionStatus(kind: string, status: TaskDefinition["status"]): Promise<TaskDefinition> {
    return this.#change(kind, { status });
  }

  async removeDefinition(kind: string): Promise<TaskDefinition> {
    return this.#change(kind, { removedAt: this.#at() });
  }

  async restoreDefinition(kind: string): Promise<TaskDefinition> {
    return this.#change(kind, { removedAt: null });
  }

  #at(): string {
    return new Date(this.#state.now()).toISOString();
  }

  #change(kind: string, change: Partial<Pick<TaskDefinition, "status" | "removedAt">>): TaskDefinition {
    const definition = this.#state.definitions.get(kind);
    if (!definition) {
      const details = { kind };
      throw new ChapterhouseError("DEFINITION_NOT_FOUND", `There is no definition of ${kind}`, { details });
    }
    const changed = { ...definition, ...change, updatedAt: this.#at() };
    this.#state.definitions.set(kind, changed);
    this.#state.wake("work");
    return structuredClone(changed);
  }
}
