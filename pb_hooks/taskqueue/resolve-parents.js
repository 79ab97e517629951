// Ends parents whose children are all terminal, and their parents, upwards. Triggers keep the counts; what is decided
// here is the end: cancelled when that was asked, failed when a child of this attempt failed, cancelled when one was
// cancelled, else done. Answers {id, status} of each as JSON text.
const { compile, select } = require(`${__hooks}/taskqueue/compiled.js`);

/** Most often none is over, and this is far cheaper than a statement with triggers. */
const OVER = `SELECT t.id AS j FROM json_each({:ids}) i CROSS JOIN tasks t WHERE t.id = i.value
  AND t.status IN ('waiting', 'cancelling') AND t.lease_until = 0
  AND t.child_total = t.child_done + t.child_failed + t.child_cancelled`;

const RESOLVE = `UPDATE tasks SET
    status = CASE WHEN status = 'cancelling' THEN 'cancelled' WHEN child_failed > failed_before THEN 'failed'
      WHEN child_cancelled > cancelled_before THEN 'cancelled' ELSE 'done' END,
    error = CASE WHEN status = 'waiting' AND child_failed > failed_before THEN json_object('code', 'CHILDREN_FAILED',
        'message', (child_failed - failed_before) || ' of its tasks failed',
        'details', json_object('total', child_total - failed_before - cancelled_before, 'done', child_done,
          'failed', child_failed - failed_before, 'cancelled', child_cancelled - cancelled_before))
      WHEN status = 'waiting' AND child_cancelled <= cancelled_before THEN NULL ELSE error END,
    checkpoint = iif(status = 'waiting' AND child_failed <= failed_before AND child_cancelled <= cancelled_before, NULL,
      checkpoint),
    finished_at = {:now}, updated_at = {:now}, moves = moves + 1
  WHERE id IN (SELECT value FROM json_each({:ids}))
  RETURNING json_object('id', id, 'status', status) AS j, parent AS up`;

const isOver = compile(OVER);

const resolveParents = (tx, ids, now) => {
  const resolved = [];
  const over = (above) =>
    above.length > 0 ? select(tx, isOver, { ids: JSON.stringify(above) }, { j: "" }).map(({ j }) => j) : [];
  let next = over([...new Set(ids)]);
  while (next.length > 0) {
    const found = arrayOf(new DynamicModel({ j: "", up: "" }));
    tx.db()
      .newQuery(RESOLVE)
      .bind({ ids: JSON.stringify(next), now })
      .all(found);
    const above = new Set();
    for (const row of found) {
      resolved.push(row.j);
      if (row.up) above.add(row.up);
    }
    next = over([...above]);
  }
  return resolved;
};

module.exports = { resolveParents, statements: { OVER, RESOLVE } };
