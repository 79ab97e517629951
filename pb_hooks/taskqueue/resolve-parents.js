// What becomes of parents whose children are all terminal, and of theirs, upwards: cancelled when that was asked;
// otherwise its policy says what the ends of this run's children mean. A parent that goes on has its handler called once
// more (`then_run`) or is done. The counts are there already: who ended a child has written them. Answers {id, status} of
// each; of those that are `pending` now somebody has to wake the runners.
const { compile, select } = require(`${__hooks}/taskqueue/compiled.js`);
const { rankOf } = require(`${__hooks}/taskqueue/new-task.js`);

/** Most often none is over, and this is far cheaper than a statement with triggers. */
const OVER = `SELECT t.id AS j FROM json_each({:ids}) i CROSS JOIN tasks t WHERE t.id = i.value
  AND t.status IN ('waiting', 'cancelling') AND t.lease_until = 0
  AND t.child_total = t.child_done + t.child_failed + t.child_cancelled`;

/** The LIMITs keep SQLite from merging this into the update, which would then scan all tasks. */
const ENDS = `SELECT *, CASE WHEN status = 'cancelling' THEN 'cancelled'
      WHEN policy IN ('', 'fail') AND failed > 0 THEN 'failed'
      WHEN policy IN ('', 'fail') AND cancelled > 0 THEN 'cancelled'
      WHEN then_run THEN 'pending' ELSE 'done' END AS next
  FROM (SELECT t.rowid AS place, t.status, t.then_run, t.on_child_failure AS policy,
      max(t.child_failed - t.failed_before, 0) AS failed, max(t.child_cancelled - t.cancelled_before, 0) AS cancelled
    FROM json_each({:ids}) i CROSS JOIN tasks t WHERE t.id = i.value LIMIT -1) LIMIT -1`;

const CHILDREN_FAILED = `json_object('code', 'CHILDREN_FAILED',
        'message', iif(e.failed > 0, e.failed || ' of its tasks failed', e.cancelled || ' of its tasks were cancelled'),
        'details', json_object('total', child_total - failed_before - cancelled_before, 'done', child_done,
          'failed', e.failed, 'cancelled', e.cancelled))`;

const RESOLVE = `UPDATE tasks SET status = e.next,
    error = CASE WHEN e.next = 'failed'
        OR (e.next = 'done' AND e.policy = 'finish_with_errors' AND e.failed + e.cancelled > 0) THEN ${CHILDREN_FAILED}
      WHEN e.next = 'done' THEN NULL ELSE error END,
    checkpoint = iif(e.next = 'done', NULL, checkpoint),
    runner = iif(e.next = 'pending', '', runner),
    continuation = iif(e.next = 'pending', 1, continuation),
    attempts = iif(e.next = 'pending', max(attempts - 1, 0), attempts),
    run_at = iif(e.next = 'pending', {:now}, run_at),
    rank = iif(e.next = 'pending', ${rankOf("turn", "priority", "{:now}")}, rank),
    due = iif(e.next = 'pending', 1, due),
    finished_at = iif(e.next = 'pending', 0, {:now}), updated_at = {:now}, moves = moves + 1
  FROM (${ENDS}) e WHERE tasks.rowid = e.place
  RETURNING id, tasks.status AS status, iif(tasks.status = 'pending', '', parent) AS up`;

const [isOver, resolving] = [OVER, RESOLVE].map(compile);

const resolveParents = (tx, ids, now) => {
  const resolved = [];
  const over = (above) =>
    above.length > 0 ? select(tx, isOver, { ids: JSON.stringify(above) }, { j: "" }).map(({ j }) => j) : [];
  let next = over([...new Set(ids)]);
  while (next.length > 0) {
    const above = new Set();
    const changed = select(tx, resolving, { ids: JSON.stringify(next), now }, { id: "", status: "", up: "" });
    for (const { id, status, up } of changed) {
      resolved.push({ id, status });
      if (up) above.add(up);
    }
    next = over([...above]);
  }
  return resolved;
};

module.exports = { resolveParents, statements: { OVER, RESOLVE } };
