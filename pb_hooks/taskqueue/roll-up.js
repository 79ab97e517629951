// {} -> {tasks: [...]}: what the adapter rolls up (packages/taskqueue/src/roll-up.ts): all parents at work, and their
// children at work. Tasks that are held are found by their lease, waiting parents by their kinds: what has ended and
// what is still to come is never looked at.
const { compile, read } = require(`${__hooks}/taskqueue/compiled.js`);

const AT_WORK = `SELECT rowid FROM tasks INDEXED BY tasks_lease WHERE lease_until > 0 AND (parent <> '' OR child_total > 0)
  UNION ALL
  SELECT c.rowid FROM (SELECT kind, status FROM task_counts WHERE n > 0 AND status IN ('waiting', 'cancelling')) p
    CROSS JOIN tasks c INDEXED BY tasks_kind
  WHERE c.kind = p.kind AND c.status = p.status AND c.status <> 'running' AND c.lease_until = 0`;

const ROLL_UP = `SELECT coalesce(json_group_array(json_object('id', t.id, 'parent', t.parent, 'childTotal', t.child_total,
    'childDone', t.child_done, 'childFailed', t.child_failed, 'childCancelled', t.child_cancelled,
    'failedBefore', t.failed_before, 'cancelledBefore', t.cancelled_before, 'progress', json(t.progress))), '[]')
  FROM (${AT_WORK}) a CROSS JOIN tasks t ON t.rowid = a.rowid`;

const rollUp = compile(ROLL_UP);

const run = () => `{"tasks":${read(rollUp, {})}}`;

module.exports = { roles: ["backend"], run, statements: { ROLL_UP } };
