// Takes back tasks whose lease ran out at least staleAfterMs ago: {staleAfterMs, crashLimit} -> {pending, failed,
// cancelled}. The attempt is given back and a crash counted; at the limit the task fails as CRASHED.
const { parse, rows, whole, DAY_MS } = require(`${__hooks}/taskqueue/request.js`);
const { resolveParents } = require(`${__hooks}/taskqueue/resolve-parents.js`);
const { signal } = require(`${__hooks}/taskqueue/signal.js`);

const AT_ONCE = 1000;
const FORGET_RUNNERS_AFTER_MS = 3600 * 1000;

const STALE = `FROM tasks INDEXED BY tasks_lease WHERE lease_until > 0 AND lease_until <= {:horizon}`;

const REAP = `UPDATE tasks SET
    status = CASE WHEN status = 'cancelling' THEN 'cancelled' WHEN crashes + 1 >= {:crashLimit} THEN 'failed'
      ELSE 'pending' END,
    lease_until = 0, crashes = crashes + 1,
    attempts = attempts - (status = 'running' AND crashes + 1 < {:crashLimit}),
    runner = iif(status = 'running' AND crashes + 1 < {:crashLimit}, '', runner),
    due = 1,
    error = iif(status = 'running' AND crashes + 1 >= {:crashLimit}, json_object('code', 'CRASHED',
      'message', 'Its runner vanished ' || (crashes + 1) || ' times', 'details', json_object('runner', runner)), error),
    finished_at = iif(status = 'cancelling' OR crashes + 1 >= {:crashLimit}, {:now}, 0),
    updated_at = {:now}
  WHERE rowid IN (SELECT rowid ${STALE} ORDER BY lease_until LIMIT ${AT_ONCE})
    AND +status IN ('running', 'cancelling') AND +lease_until BETWEEN 1 AND {:horizon}
  RETURNING status AS j, iif(status = 'pending', '', parent) AS up`;

const FORGET = "DELETE FROM runners WHERE seen_at < {:horizon}";

const reap = (tx, values, counts) => {
  const found = arrayOf(new DynamicModel({ j: "", up: "" }));
  tx.db().newQuery(REAP).bind(values).all(found);
  const parents = [];
  for (const row of found) {
    counts[row.j] += 1;
    if (row.up) parents.push(row.up);
  }
  resolveParents(tx, parents, values.now);
};

const run = (body) => {
  const request = parse(body);
  const now = Date.now();
  const horizon = now - whole(request.staleAfterMs, "staleAfterMs", 0, 365 * DAY_MS);
  const crashLimit = whole(request.crashLimit, "crashLimit", 1, 1000);
  const counts = { pending: 0, failed: 0, cancelled: 0 };
  if (rows($app.db(), `SELECT 1 AS j ${STALE} LIMIT 1`, { horizon }).length > 0) {
    $app.runInTransaction((tx) => {
      reap(tx, { horizon, crashLimit, now }, counts);
      tx.db()
        .newQuery(FORGET)
        .bind({ horizon: now - FORGET_RUNNERS_AFTER_MS })
        .execute();
    });
    signal("work");
  }
  return JSON.stringify(counts);
};

module.exports = { roles: ["backend", "runner"], run, statements: { REAP } };
