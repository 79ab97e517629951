import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { asSqlite, type VmGlobals } from "./hook-statements.ts";

type Values = Readonly<Record<string, unknown>>;

/** As node:sqlite takes them. */
const bindable = (values: Values): Record<string, SQLInputValue> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === "boolean" ? Number(value) : value]),
  ) as Record<string, SQLInputValue>;

class Scanned {
  text = "";

  toString(): string {
    return this.text;
  }
}

/** As much of PocketBase's VM as the queue's hooks use, on `node:sqlite` in this process. Nobody is woken. */
export const vmOnSqlite = (database: DatabaseSync): VmGlobals => {
  const prepared = new Map<string, StatementSync>();
  const prepare = (text: string): StatementSync => {
    const known = prepared.get(text);
    if (known) return known;
    const statement = database.prepare(asSqlite(text));
    statement.setAllowUnknownNamedParameters(true);
    prepared.set(text, statement);
    return statement;
  };
  const query = (statement: StatementSync, values: Record<string, SQLInputValue>) => ({
    bind: (more: Values) => query(statement, bindable(more)),
    execute: () => {
      const { changes, lastInsertRowid } = statement.run(values);
      return { rowsAffected: () => Number(changes), lastInsertId: () => Number(lastInsertRowid) };
    },
    all: (found: unknown[]) => found.push(...statement.all(values)),
  });
  const db = { newQuery: (text: string) => query(prepare(text), {}) };
  const tx = { db: () => db };
  // As database/sql has it; the values come in the order of their places.
  const readers = {
    prepare: (text: string) => {
      const statement = database.prepare(text);
      statement.setReturnArrays(true);
      return {
        queryRow: (...values: SQLInputValue[]) => ({
          scan: (found: Scanned) => {
            found.text = String((statement.get(...values) as unknown as readonly unknown[])[0]);
          },
        }),
      };
    },
  };
  const kept = new Map<string, unknown>();
  const app = {
    ...tx,
    concurrentDB: () => ({ db: () => readers }),
    nonconcurrentDB: tx.db,
    runInTransaction: (work: (transaction: typeof tx) => void) => {
      database.exec("BEGIN IMMEDIATE");
      work(tx);
      database.exec("COMMIT");
    },
    store: () => ({
      // A signal was sent only now, always.
      get: () => Date.now(),
      set: () => {},
      getOrSet: (key: string, make: () => unknown) => {
        if (!kept.has(key)) kept.set(key, make());
        return kept.get(key);
      },
    }),
  };
  // The shape of rows, which node:sqlite knows by itself.
  const DynamicModel = function DynamicModel() {};
  return { $app: app, arrayOf: () => [], DynamicModel, nullString: () => new Scanned() };
};
