import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { hookStatements } from "./hook-statements.ts";

export interface InProcessRates {
  readonly addPerS: number;
  readonly processPerS: number;
}

const rate = (count: number, run: () => void): number => {
  const from = performance.now();
  run();
  return (count / (performance.now() - from)) * 1000;
};

const sqlite = (file: string) => {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32000");
  const prepared = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  const prepare = (sql: string) => {
    const statement = prepared.get(sql) ?? database.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };
  return {
    database,
    run: (sql: string | undefined, values: Record<string, SQLInputValue>) => prepare(sql ?? "").run(values),
    all: (sql: string | undefined, values: Record<string, SQLInputValue>) =>
      prepare(sql ?? "")
        .all(values)
        .map((row) => JSON.parse(String(row["j"])) as Record<string, unknown>),
  };
};

/**
 * The statements of the hooks on `node:sqlite` in this process, one transaction a batch, without HTTP, VM or client:
 * what a queue on this schema could reach at most here.
 */
export const measureInProcess = (file: string, bodies: readonly string[], size: number): InProcessRates => {
  const { database, run, all } = sqlite(file);
  const add = hookStatements("add");
  const claim = hookStatements("claim");
  const settle = hookStatements("settle");
  const transaction = (work: () => void) => {
    database.exec("BEGIN IMMEDIATE");
    work();
    database.exec("COMMIT");
  };
  const addPerS = rate(bodies.length * size, () => {
    for (const body of bodies) {
      transaction(() => {
        run(add["INSERT"], { body, now: Date.now(), parent: "" });
      });
    }
  });
  const batch = 100;
  const total = bodies.length * size;
  const processPerS = rate(total, () => {
    for (let from = 0; from < total; from += batch) {
      const now = Date.now();
      const kinds = '["scrape.book"]';
      const one = { kind: "scrape.book", lane: "default", limit: batch, runner: "r", until: now + 20_000, kinds, now };
      let tasks: Record<string, unknown>[] = [];
      transaction(() => {
        tasks = all(claim["ONE_LANE"], one);
      });
      const items = tasks.map(({ id, lease }) => ({ taskId: id, lease, type: "done" }));
      transaction(() => all(settle["SETTLE"], { body: JSON.stringify({ items }), now }));
    }
  });
  database.close();
  return { addPerS, processPerS };
};
