import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

// What PocketBase's tables say of each other, read beside it. Each query lists the rows of a number that is kept and
// is not what counting gives: none may ever come.

const LIVE = "('pending', 'running', 'waiting', 'cancelling', 'paused')";

const DRIFT: Readonly<Record<string, string>> = {
  "counts by kind and status": `SELECT kind, status, sum(kept) AS kept, sum(counted) AS counted FROM (
      SELECT kind, status, n AS kept, 0 AS counted FROM task_counts
      UNION ALL SELECT kind, status, 0, count(*) FROM tasks GROUP BY kind, status)
    GROUP BY kind, status HAVING sum(kept) <> sum(counted)`,
  "what waits, by lane, kind and flags": `SELECT lane, kind, flags, sum(pending) AS pending, sum(due) AS due FROM (
      SELECT lane, kind, flags, pending, due FROM lane_backlog
      UNION ALL SELECT lane, kind, flags, -count(*), -sum(due) FROM tasks WHERE status = 'pending' GROUP BY lane, kind, flags)
    GROUP BY lane, kind, flags HAVING sum(pending) <> 0 OR sum(due) <> 0`,
  "what runs and is due, by lane": `SELECT lane, sum(running) AS running, sum(due) AS due FROM (
      SELECT name AS lane, running, due FROM lanes
      UNION ALL SELECT lane, -sum(lease_until > 0), -sum(status = 'pending' AND due) FROM tasks GROUP BY lane)
    GROUP BY lane HAVING sum(running) <> 0 OR sum(due) <> 0`,
  "children of a parent": `SELECT p.id, p.child_total, p.child_done, p.child_failed, p.child_cancelled FROM tasks p
    WHERE (child_total, child_done, child_failed, child_cancelled) <> (
      SELECT count(*), coalesce(sum(status = 'done'), 0), coalesce(sum(status = 'failed'), 0),
        coalesce(sum(status = 'cancelled'), 0) FROM tasks c WHERE c.parent = p.id AND c.parent <> '')`,
  "parents whose children have all ended": `SELECT id, status FROM tasks p WHERE lease_until = 0
    AND (status = 'waiting' OR status = 'cancelling')
    AND NOT EXISTS (SELECT 1 FROM tasks c WHERE c.parent = p.id AND c.parent <> '' AND c.status IN ${LIVE})`,
  "leases without a holder, holders without a lease": `SELECT id, status, lease_until FROM tasks
    WHERE (lease_until > 0 AND status NOT IN ('running', 'cancelling')) OR (lease_until = 0 AND status = 'running')`,
  "tasks behind a key that nobody holds": `SELECT id, key FROM tasks b WHERE behind = 1 AND status IN ${LIVE}
    AND NOT EXISTS (SELECT 1 FROM tasks f WHERE f.key = b.key AND f.behind = 0 AND f.status IN ${LIVE})`,
  "tasks behind a key that are due": "SELECT id, key FROM tasks WHERE behind = 1 AND due = 1 AND status = 'pending'",
};

/** The next turn of each group: they outlive the tasks that a test removes. */
export const readGroups = (folder: string): ReadonlyMap<string, number> => {
  const database = new DatabaseSync(join(folder, "pb_data", "data.db"), { readOnly: true });
  try {
    const rows = database.prepare("SELECT grp, next FROM task_groups").all();
    return new Map(rows.map(({ grp, next }) => [String(grp), Number(next)]));
  } finally {
    database.close();
  }
};

/** Reads the store's file beside PocketBase; a reader of a WAL database disturbs nobody. Answers one line a wrong row. */
export const auditStore = (folder: string): readonly string[] => {
  const database = new DatabaseSync(join(folder, "pb_data", "data.db"), { readOnly: true });
  try {
    return Object.entries(DRIFT).flatMap(([what, query]) =>
      database
        .prepare(query)
        .all()
        .map((row) => `${what}: ${JSON.stringify(row)}`),
    );
  } finally {
    database.close();
  }
};
