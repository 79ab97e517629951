// Takes back tasks whose lease ran out at least staleAfterMs ago: {staleAfterMs, crashLimit, delays} -> {pending, failed,
// cancelled, repaired}. Whose lease ended at its deadline was too slow: that attempt failed with TIME_LIMIT and is tried
// again after its delay (`delays`: ms, by attempt). All others' runners crashed: the attempt is given back and a crash
// counted, at the limit the task fails as POISONED. Besides it forgets what nobody needs any more, and looks at some of
// the parents that wait (repair-parents.js).
const { forgetChanges } = require(`${__hooks}/taskqueue/change-log.js`);
const { compile, read } = require(`${__hooks}/taskqueue/compiled.js`);
const { bad, parse, whole, DAY_MS } = require(`${__hooks}/taskqueue/request.js`);
const { repairParents } = require(`${__hooks}/taskqueue/repair-parents.js`);
const { resolveParents } = require(`${__hooks}/taskqueue/resolve-parents.js`);
const { signal } = require(`${__hooks}/taskqueue/signal.js`);
const { writeLog } = require(`${__hooks}/taskqueue/task-log.js`);

const AT_ONCE = 1000;
const FORGET_RUNNERS_AFTER_MS = 3600 * 1000;

const STALE = `FROM tasks INDEXED BY tasks_lease WHERE lease_until > 0 AND lease_until <= {:horizon}`;
const TAKEN = `(SELECT rowid ${STALE} ORDER BY lease_until, rowid LIMIT ${AT_ONCE})`;

const OVERDUE = "(deadline > 0 AND lease_until >= deadline)";
const LAST = `iif(${OVERDUE}, attempts >= max_attempts, crashes + 1 >= {:crashLimit})`;
const TOO_SLOW = "'It ran longer than ' || (deadline - started_at) || ' ms'";
const VANISHED = "'Its runner vanished ' || (crashes + 1) || ' times'";

const LOG = `INSERT INTO task_log (task, at, level, attempt, lease, runner, code, message)
  SELECT id, {:now}, 'error', attempts, lease, runner,
    CASE WHEN ${OVERDUE} THEN 'TIME_LIMIT' WHEN ${LAST} THEN 'POISONED' ELSE 'CRASHED' END,
    CASE WHEN ${OVERDUE} THEN ${TOO_SLOW} WHEN ${LAST} THEN ${VANISHED} ELSE 'Its runner vanished' END
  FROM tasks WHERE rowid IN ${TAKEN} AND +status = 'running'`;

const AGAIN = `{:now} + ({:delays}->>(min(attempts, json_array_length({:delays})) - 1))`;

const REAP = `UPDATE tasks SET
    status = CASE WHEN status = 'cancelling' THEN 'cancelled' WHEN ${LAST} THEN 'failed' ELSE 'pending' END,
    lease_until = 0, deadline = 0, crashes = crashes + NOT ${OVERDUE},
    attempts = attempts - (status = 'running' AND NOT ${LAST} AND NOT ${OVERDUE}),
    runner = iif(status = 'running' AND NOT ${LAST}, '', runner),
    run_at = iif(status = 'running' AND ${OVERDUE} AND NOT ${LAST}, ${AGAIN}, run_at),
    due = iif(status = 'running' AND ${OVERDUE} AND NOT ${LAST}, ${AGAIN} <= {:now}, 1),
    error = CASE WHEN status = 'cancelling' THEN error
      WHEN ${OVERDUE} THEN json_object('code', 'TIME_LIMIT', 'message', ${TOO_SLOW},
        'details', json_object('limitMs', deadline - started_at))
      WHEN ${LAST} THEN json_object('code', 'POISONED', 'message', ${VANISHED}, 'details', json_object('runner', runner))
      ELSE error END,
    finished_at = iif(status = 'cancelling' OR ${LAST}, {:now}, 0), updated_at = {:now}, moves = moves + 1
  WHERE rowid IN ${TAKEN} AND +status IN ('running', 'cancelling')
  RETURNING status AS j, iif(status = 'pending', '', parent) AS up`;

/** Groups whose turns have all come: they would begin where everybody begins. */
const COLD = `FROM task_groups INDEXED BY task_groups_next WHERE next <= (SELECT max(turn) FROM lanes)`;
const DROP_GROUPS = `DELETE FROM task_groups WHERE grp IN (SELECT grp ${COLD} LIMIT ${AT_ONCE})`;
/** Cards of runners gone for an hour. */
const FORGET = "DELETE FROM runners WHERE seen_at < {:forgotten}";

const TO_DO = `SELECT (EXISTS (SELECT 1 ${STALE})) + 2 * (EXISTS (SELECT 1 ${COLD}))`;
const toDo = compile(TO_DO);

const reap = (tx, values, counts) => {
  writeLog(tx, LOG, values);
  const found = arrayOf(new DynamicModel({ j: "", up: "" }));
  tx.db().newQuery(REAP).bind(values).all(found);
  const parents = [];
  for (const row of found) {
    counts[row.j] += 1;
    if (row.up) parents.push(row.up);
  }
  resolveParents(tx, parents, values.now);
  tx.db().newQuery(FORGET).bind(values).execute();
};

const readDelays = (delays) => {
  if (!Array.isArray(delays) || delays.length === 0 || delays.length > 1000) throw bad("delays must be a list");
  return JSON.stringify(delays.map((delay) => whole(delay, "delays", 0, 365 * DAY_MS)));
};

const run = (body) => {
  const request = parse(body);
  const now = Date.now();
  const values = {
    now,
    horizon: now - whole(request.staleAfterMs, "staleAfterMs", 0, 365 * DAY_MS),
    crashLimit: whole(request.crashLimit, "crashLimit", 1, 1000),
    delays: readDelays(request.delays),
    forgotten: now - FORGET_RUNNERS_AFTER_MS,
  };
  const counts = { pending: 0, failed: 0, cancelled: 0, repaired: 0 };
  forgetChanges(now);
  const found = Number(read(toDo, values));
  if (found >= 2) $app.nonconcurrentDB().newQuery(DROP_GROUPS).execute();
  if (found % 2 === 1) {
    $app.runInTransaction((tx) => reap(tx, values, counts));
    signal("work", counts.pending);
  }
  counts.repaired = repairParents(now);
  if (counts.repaired > 0) signal("work");
  return JSON.stringify(counts);
};

module.exports = { roles: ["backend", "runner"], run, statements: { TO_DO, LOG, REAP, FORGET, DROP_GROUPS } };
