import { DatabaseSync } from "node:sqlite";
import type { TaskQueue } from "@chapterhouse/taskqueue";

const DAY_MS = 86_400_000;

/** Writes pending tasks into a PocketBase's database while it is stopped, all due, in lanes of which most are blocked. */
export const addPendingTasks = (file: string, count: number, lanes: number, blocked: number): void => {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; BEGIN");
  const now = Date.now() - 60_000;
  // Neighbours in the table are in different lanes, as when many sites are scraped at once.
  const add = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :count - 1)
    INSERT INTO tasks (id, kind, lane, key, status, payload, max_attempts, run_at, due, rank, created_at, updated_at)
    SELECT printf('%011x', :now) || printf('%012x', i), 'scrape.book', 'host:site' || (i % :lanes) || '.example', '',
      'pending', json_object('url', 'https://site.example/book/' || i, 'text', hex(zeroblob(60))), 5, :now, 1,
      :now / 60000, :now, :now
    FROM n`;
  database.prepare(add).run({ count, lanes, now });
  database.exec(`INSERT INTO task_counts SELECT kind, status, count(*) FROM tasks GROUP BY kind, status;
    INSERT INTO lane_backlog SELECT lane, kind, flags, count(*), sum(due) FROM tasks GROUP BY lane, kind, flags`);
  const block = `INSERT INTO lanes (name, due, blocked_until, reason)
    SELECT lane, due, iif(row_number() OVER (ORDER BY lane) <= :blocked, :until, 0), '' FROM lane_backlog`;
  database.prepare(block).run({ blocked, until: now + DAY_MS });
  database.exec("COMMIT");
  database.close();
};

export interface BlockedClaims {
  /** Claimed and settled, one call after the other. */
  readonly perS: number;
  readonly claimMs: readonly number[];
}

/** Claims in batches, each settled before the next. */
export const measureBlockedClaims = async (runner: TaskQueue, batch: number, calls: number): Promise<BlockedClaims> => {
  const claimMs: number[] = [];
  let claimed = 0;
  const start = performance.now();
  for (let call = 0; call < calls; call += 1) {
    const from = performance.now();
    const { tasks } = await runner.claim({ runner: "bench", kinds: ["scrape.book"], limit: batch, leaseMs: 60_000 });
    claimMs.push(performance.now() - from);
    claimed += tasks.length;
    await runner.settle(tasks.map(({ id, lease }) => ({ taskId: id, lease, outcome: { type: "done" } })));
  }
  if (claimed !== batch * calls) throw new Error(`${claimed} of ${batch * calls} tasks were claimed`);
  return { perS: (claimed / (performance.now() - start)) * 1000, claimMs };
};
