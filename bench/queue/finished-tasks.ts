import { DatabaseSync } from "node:sqlite";

/** Writes finished tasks into a PocketBase's database while it is stopped. No trigger counts what is inserted, so it is counted here. */
export const addFinishedTasks = (file: string, count: number): void => {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; BEGIN");
  const statement = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
    INSERT INTO tasks (id, kind, lane, key, status, payload, result, attempts, max_attempts, lease, runner,
      run_at, created_at, updated_at, started_at, finished_at)
    SELECT printf('%011x', :now - 1000 * (:count - i)) || lower(hex(randomblob(6))),
      CASE i % 10 WHEN 0 THEN 'scrape.book' WHEN 1 THEN 'narrate.chapter' ELSE 'scrape.chapter' END,
      'host:site' || (i % 50) || '.example', 'key-' || i, iif(i % 20 = 0, 'failed', 'done'),
      json_object('url', 'https://site.example/book/' || i, 'text', hex(zeroblob(60))), json_object('words', i),
      1, 5, 1, 'a-runner', :now - 1000 * (:count - i), :now - 1000 * (:count - i), :now - 1000 * (:count - i) + 900,
      :now - 1000 * (:count - i) + 100, :now - 1000 * (:count - i) + 900
    FROM n`;
  database.prepare(statement).run({ count, now: Date.now() - 60_000 });
  database.exec(`INSERT INTO task_counts (kind, status, n) SELECT kind, status, count(*) FROM tasks GROUP BY kind, status;
    INSERT INTO lanes (name) SELECT DISTINCT lane FROM tasks`);
  database.exec("COMMIT");
  database.close();
};

/** A copy of the whole database, for the same statements in this process. */
export const copyDatabase = (file: string, to: string): void => {
  const database = new DatabaseSync(file);
  database.exec(`VACUUM INTO '${to}'`);
  database.close();
};
