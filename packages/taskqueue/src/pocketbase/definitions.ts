import type { Connection } from "@chapterhouse/pocketbase";
import type { Definitions, NewDefinition, TaskDefinition } from "../ports.ts";

interface DefinitionRow extends Omit<TaskDefinition, "status" | "removedAt" | "createdAt" | "updatedAt"> {
  readonly disabled: number;
  /** ms since the epoch; 0: not removed. */
  readonly removedAt: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

const iso = (time: number): string => new Date(time).toISOString();

const toDefinition = ({ disabled, ...row }: DefinitionRow): TaskDefinition => ({
  ...row,
  status: disabled === 0 ? "active" : "disabled",
  removedAt: row.removedAt === 0 ? null : iso(row.removedAt),
  createdAt: iso(row.createdAt),
  updatedAt: iso(row.updatedAt),
});

class PocketBaseDefinitions implements Definitions {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async define(definitions: readonly NewDefinition[]): Promise<void> {
    await this.#connection.call("POST", "/api/taskqueue/define", { definitions });
  }

  async listDefinitions({ removed = false }: { readonly removed?: boolean } = {}): Promise<readonly TaskDefinition[]> {
    const path = "/api/taskqueue/definition-list";
    const { definitions } = await this.#connection.call<{ definitions: DefinitionRow[] }>("POST", path, { removed });
    return definitions.map(toDefinition);
  }

  setDefinitionStatus(kind: string, status: TaskDefinition["status"]): Promise<TaskDefinition> {
    return this.#set({ kind, disabled: status === "disabled" });
  }

  removeDefinition(kind: string): Promise<TaskDefinition> {
    return this.#set({ kind, removed: true });
  }

  restoreDefinition(kind: string): Promise<TaskDefinition> {
    return this.#set({ kind, removed: false });
  }

  async #set(change: { kind: string; disabled?: boolean; removed?: boolean }): Promise<TaskDefinition> {
    const path = "/api/taskqueue/definition-set";
    const { definition } = await this.#connection.call<{ definition: DefinitionRow }>("POST", path, change);
    return toDefinition(definition);
  }
}

/** Task definitions in PocketBase. A runner's account may define; the rest is the backend's. */
export const createPocketBaseDefinitions = (connection: Connection): Definitions =>
  new PocketBaseDefinitions(connection);
