// {name} -> {cancelled, more}: cancels what waits in the lane and all live tasks below; what runs goes on. At most a
// thousand of the lane's tasks a call, so that no other write waits long: while there is more, ask again.
const { statements } = require(`${__hooks}/taskqueue/cancel.js`);
const { parse, rows, text } = require(`${__hooks}/taskqueue/request.js`);
const { refusal } = require(`${__hooks}/taskqueue/refusal.js`);
const { resolveParents } = require(`${__hooks}/taskqueue/resolve-parents.js`);
const { select } = require(`${__hooks}/taskqueue/selection.js`);
const { signal } = require(`${__hooks}/taskqueue/signal.js`);

const AT_ONCE = 1000;
const IS_LANE = "SELECT 1 AS j FROM lanes WHERE name = {:name}";
/** Those that still wait in it. */
const WAITING = `SELECT t.id AS j FROM json_each({:ids}) i CROSS JOIN tasks t
  WHERE t.id = i.value AND t.status IN ('pending', 'paused') AND t.lane = {:name}`;

const cancel = (tx, ids, now) => {
  const found = arrayOf(new DynamicModel({ j: "", up: "" }));
  tx.db()
    .newQuery(statements.CANCEL)
    .bind({ ids: JSON.stringify(ids), now })
    .all(found);
  const parents = [];
  for (const row of found) if (row.up) parents.push(row.up);
  resolveParents(tx, parents, now);
  return found.length;
};

const run = (body) => {
  const name = text(parse(body).name, "name", 300);
  if (rows($app.db(), IS_LANE, { name }).length === 0) {
    throw refusal(404, "LANE_NOT_FOUND", `There is no lane ${name}`, { name });
  }
  const ids = select({ filter: { lane: name } }, ["pending", "paused"]).pick(AT_ONCE);
  let cancelled = 0;
  if (ids.length > 0) {
    $app.runInTransaction((tx) => {
      cancelled = cancel(tx, rows(tx.db(), WAITING, { ids: JSON.stringify(ids), name }), Date.now());
    });
    signal("cancel");
    signal("work");
  }
  return JSON.stringify({ cancelled, more: ids.length === AT_ONCE });
};

module.exports = { roles: ["backend"], run, statements: { WAITING } };
