import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** What one statement saw: a parent's counts, and its children counted. */
interface Sample {
  readonly status: string;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly rows: number;
  readonly rowsDone: number;
  readonly rowsFailed: number;
  readonly rowsCancelled: number;
  readonly firstAddedAt: number;
}

const LOOK = `SELECT p.status, p.child_total AS total, p.child_done AS done, p.child_failed AS failed,
    p.child_cancelled AS cancelled, count(c.id) AS rows, total(c.status = 'done') AS rowsDone,
    total(c.status = 'failed') AS rowsFailed, total(c.status = 'cancelled') AS rowsCancelled,
    coalesce(min(c.created_at), 0) AS firstAddedAt
  FROM tasks p LEFT JOIN tasks c ON c.parent = p.id WHERE p.id = ? GROUP BY p.id`;
const EVERY_MS = 15;

export interface Checked {
  readonly samples: number;
  /** Samples in which a count of the parent was not that of its children. */
  readonly wrong: readonly string[];
  /** From the first child's adding until all were seen to be there. */
  readonly childrenMs: number;
}

/** Looks at a parent beside its children all the time, from the database's own files: one statement sees one moment. */
export const startChecker = (folder: string, parent: string, children: number) => {
  const database = new DatabaseSync(join(folder, "pb_data", "data.db"), { readOnly: true });
  const look = database.prepare(LOOK);
  const wrong: string[] = [];
  let samples = 0;
  let childrenMs = Number.NaN;
  const sample = (): void => {
    const seen = look.get(parent) as Sample | undefined;
    if (!seen) return;
    samples += 1;
    if (Number.isNaN(childrenMs) && seen.rows === children) childrenMs = Date.now() - seen.firstAddedAt;
    const { total, done, failed, cancelled } = seen;
    const isRight =
      total === seen.rows &&
      done === seen.rowsDone &&
      failed === seen.rowsFailed &&
      cancelled === seen.rowsCancelled &&
      (seen.status !== "done" || done + failed + cancelled === total);
    if (!isRight) wrong.push(JSON.stringify(seen));
  };
  const timer = setInterval(sample, EVERY_MS);
  return {
    stop: (): Checked => {
      clearInterval(timer);
      sample();
      database.close();
      return { samples, wrong, childrenMs };
    },
  };
};
