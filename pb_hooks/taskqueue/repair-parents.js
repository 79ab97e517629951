// The last net: parents that wait are looked at in turn, a few a call, counted anew from their children, and judged when
// those have all ended. Every end counts and judges in its own transaction, so whatever is found here is a defect, or a
// hand in the tables. What is looked at is read in one snapshot, without the write lock.
const { compile, read } = require(`${__hooks}/taskqueue/compiled.js`);
const { rows } = require(`${__hooks}/taskqueue/request.js`);
const { resolveParents } = require(`${__hooks}/taskqueue/resolve-parents.js`);

const AT_ONCE = 20;
/** The rowid after which the next call goes on. Lost at a restart, which costs nothing. */
const CURSOR = "taskqueue.repair.after";

/** One whose handler still runs is judged when that has ended. */
const NEXT = `SELECT c.rowid FROM (SELECT DISTINCT kind FROM task_counts) k
    CROSS JOIN (SELECT 'waiting' AS status UNION ALL SELECT 'cancelling') s CROSS JOIN tasks c
  WHERE c.rowid IN (SELECT rowid FROM tasks INDEXED BY tasks_kind
    WHERE kind = k.kind AND status = s.status AND status <> 'running' AND lease_until = 0 AND rowid > {:after}
    ORDER BY rowid LIMIT ${AT_ONCE})
  ORDER BY c.rowid LIMIT ${AT_ONCE}`;

const endedAs = (status) => `count(*) FILTER (WHERE c.status = '${status}')`;
const KEPT = "json_array(t.child_total, t.child_done, t.child_failed, t.child_cancelled)";
const COUNTED = `(SELECT json_array(count(*), ${["done", "failed", "cancelled"].map(endedAs).join(", ")})
      FROM tasks c INDEXED BY tasks_parent WHERE c.parent = t.id AND c.parent <> '')`;
const recounted = (which) =>
  `SELECT t.rowid AS place, t.id, ${KEPT} AS kept, ${COUNTED} AS counted FROM tasks t WHERE ${which} LIMIT -1`;

const LOOK = `SELECT json_object('seen', count(*), 'last', max(place), 'wrong', json_group_array(id) FILTER (WHERE
    counted <> kept OR counted->>0 = (counted->>1) + (counted->>2) + (counted->>3)))
  FROM (${recounted(`t.rowid IN (${NEXT})`)})`;

const RECOUNT = `UPDATE tasks SET child_total = r.counted->>0, child_done = r.counted->>1, child_failed = r.counted->>2,
    child_cancelled = r.counted->>3, failed_before = min(failed_before, r.counted->>2),
    cancelled_before = min(cancelled_before, r.counted->>3), updated_at = {:now}
  FROM (${recounted("t.id IN (SELECT value FROM json_each({:ids}))")}) r
  WHERE tasks.rowid = r.place AND r.counted <> r.kept RETURNING id AS j`;

const look = compile(LOOK);

/** Answers how many parents were put right. */
const repairParents = (now) => {
  const after = $app.store().get(CURSOR) ?? 0;
  const { seen, last, wrong } = JSON.parse(read(look, { after }));
  $app.store().set(CURSOR, seen < AT_ONCE ? 0 : last);
  if (wrong.length === 0) return 0;
  const repaired = new Set();
  $app.runInTransaction((tx) => {
    for (const id of rows(tx.db(), RECOUNT, { ids: JSON.stringify(wrong), now })) repaired.add(id);
    for (const { id } of resolveParents(tx, wrong, now)) if (wrong.includes(id)) repaired.add(id);
  });
  $app.logger().warn("taskqueue: parents were put right", "ids", [...repaired].join(","));
  return repaired.size;
};

module.exports = { repairParents, statements: { LOOK, RECOUNT } };
