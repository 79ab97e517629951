import type { DatabaseSync, SQLInputValue, StatementResultingChanges, StatementSync } from "node:sqlite";
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

const result = ({ changes, lastInsertRowid }: StatementResultingChanges) => ({
  rowsAffected: () => Number(changes),
  lastInsertId: () => Number(lastInsertRowid),
});

/** As database/sql has it: values by their places, and cells to read rows into. */
const goStatement = (statement: StatementSync) => {
  statement.setReturnArrays(true);
  const rowsOf = (values: SQLInputValue[]) => statement.all(...values) as unknown as readonly (readonly unknown[])[];
  const fill = (cells: readonly Scanned[], row: readonly unknown[] = []) => {
    for (const [at, cell] of cells.entries()) cell.text = String(row[at]);
  };
  return {
    exec: (...values: SQLInputValue[]) => result(statement.run(...values)),
    queryRow: (...values: SQLInputValue[]) => ({ scan: (cell: Scanned) => fill([cell], rowsOf(values)[0]) }),
    query: (...values: SQLInputValue[]) => {
      const found = rowsOf(values);
      let at = -1;
      return {
        next: () => (at += 1) < found.length,
        scan: (...cells: Scanned[]) => fill(cells, found[at]),
        err: () => null,
        close: () => {},
      };
    },
  };
};

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
    execute: () => result(statement.run(values)),
    all: (found: unknown[]) => found.push(...statement.all(values)),
  });
  const db = { newQuery: (text: string) => query(prepare(text), {}) };
  const tx = { db: () => db };
  const sql = { prepare: (text: string) => ({ ...goStatement(database.prepare(text)), close: () => {} }) };
  const transaction = { ...sql, stmt: (statement: unknown) => statement, commit: () => database.exec("COMMIT") };
  const pool = {
    ...db,
    db: () => ({
      ...sql,
      begin: () => {
        database.exec("BEGIN IMMEDIATE");
        return transaction;
      },
    }),
    wrap: () => db,
  };
  const kept = new Map<string, unknown>();
  const store = {
    has: (key: string) => kept.has(key),
    // A signal was sent only now, always.
    get: (key: string) => kept.get(key) ?? (key.startsWith("taskqueue.signal.") ? Date.now() : null),
    set: () => {},
    getOrSet: (key: string, make: () => unknown) => {
      if (!kept.has(key)) kept.set(key, make());
      return kept.get(key);
    },
  };
  const app = {
    ...tx,
    concurrentDB: () => pool,
    nonconcurrentDB: () => pool,
    runInTransaction: (work: (transaction: typeof tx) => void) => {
      database.exec("BEGIN IMMEDIATE");
      work(tx);
      database.exec("COMMIT");
    },
    store: () => store,
  };
  // The shape of rows, which node:sqlite knows by itself.
  const DynamicModel = function DynamicModel() {};
  return { $app: app, arrayOf: () => [], DynamicModel, nullString: () => new Scanned() };
};
