// {runner, force} -> {released}: takes back at once all that a dead runner holds, without an attempt or a crash. The
// leases are gone, so whatever a runner that was not dead still writes about them is refused.
const { parse, rows, text } = require(`${__hooks}/taskqueue/request.js`);
const { refusal } = require(`${__hooks}/taskqueue/refusal.js`);
const { resolveParents } = require(`${__hooks}/taskqueue/resolve-parents.js`);
const { signal } = require(`${__hooks}/taskqueue/signal.js`);

const HELD = "FROM tasks INDEXED BY tasks_lease WHERE lease_until > 0 AND runner = {:runner}";

const LOOK = `SELECT json_object('holds', EXISTS (SELECT 1 ${HELD}),
  'aliveUntil', (SELECT alive_until FROM runners WHERE runner = {:runner})) AS j`;

const RELEASE = `UPDATE tasks SET status = iif(status = 'cancelling', 'cancelled', 'pending'),
    attempts = attempts - (status = 'running'), runner = iif(status = 'running', '', runner), due = 1,
    lease_until = 0, deadline = 0, finished_at = iif(status = 'cancelling', {:now}, 0), updated_at = {:now},
    moves = moves + 1
  WHERE rowid IN (SELECT rowid ${HELD}) AND +status IN ('running', 'cancelling')
  RETURNING iif(status = 'cancelled', parent, '') AS up`;

const release = (tx, runner, now) => {
  const found = arrayOf(new DynamicModel({ up: "" }));
  tx.db().newQuery(RELEASE).bind({ runner, now }).all(found);
  const parents = [];
  for (const row of found) if (row.up) parents.push(row.up);
  resolveParents(tx, parents, now);
  return found.length;
};

const run = (body) => {
  const { runner: named, force = false } = parse(body);
  const runner = text(named, "runner");
  const now = Date.now();
  let released = 0;
  $app.runInTransaction((tx) => {
    const { holds, aliveUntil } = JSON.parse(rows(tx.db(), LOOK, { runner })[0]);
    if (!holds && aliveUntil === null)
      throw refusal(404, "RUNNER_NOT_FOUND", `There is no runner ${runner}`, { runner });
    if (aliveUntil > now && force !== true) throw refusal(409, "RUNNER_ALIVE", `Runner ${runner} is alive`, { runner });
    released = release(tx, runner, now);
  });
  if (released > 0) signal("work");
  return JSON.stringify({ released });
};

module.exports = { roles: ["backend"], run, statements: { LOOK, RELEASE } };
