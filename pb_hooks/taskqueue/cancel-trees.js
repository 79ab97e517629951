// Cancels tasks and all live ones below them, parents first, a thousand rows a transaction: an operator may mean hundreds
// of trees, and one statement for all would hold up every claim. It goes on to its end even when the caller is gone;
// killed halfway, the parents stay `cancelling` until what is below them has ended, or is cancelled again.
const { rows } = require(`${__hooks}/taskqueue/request.js`);
const { resolveParents } = require(`${__hooks}/taskqueue/resolve-parents.js`);
const { signal } = require(`${__hooks}/taskqueue/signal.js`);
const { LIVE } = require(`${__hooks}/taskqueue/task-row.js`);

const AT_ONCE = 1000;
const PARENTS_AT_ONCE = 20;
const LIVE_STATUSES = ["pending", "paused", "running", "waiting"];

const CANCEL = `UPDATE tasks SET
    status = iif(status IN ('pending', 'paused'), 'cancelled', 'cancelling'),
    finished_at = iif(status IN ('pending', 'paused'), {:now}, 0),
    cancel_requested_at = {:now}, updated_at = {:now}, waiting_for = '', moves = moves + 1
  WHERE id IN (SELECT value FROM json_each({:ids})) AND +status IN (SELECT value FROM json_each({:from}))
  RETURNING id AS j, CASE WHEN status = 'cancelled' THEN parent WHEN lease_until = 0 THEN id ELSE '' END AS up`;
/** What was cancelled now, and what was being cancelled before: that may have been broken off halfway. */
const WITH_CHILDREN = `SELECT t.id AS j FROM json_each({:ids}) i CROSS JOIN tasks t
  WHERE t.id = i.value AND t.child_total > 0
    AND (t.status = 'cancelling' OR (t.status = 'cancelled' AND t.id IN (SELECT value FROM json_each({:changed}))))`;
const LIVE_CHILDREN = `SELECT c.id AS j FROM json_each({:ids}) i CROSS JOIN tasks c INDEXED BY tasks_parent
  WHERE c.parent = i.value AND c.parent <> '' AND c.${LIVE}`;

/** One transaction; adds to `changed`, and answers which have children. Who runs one is told before the rest goes on. */
const cancelSome = (some, from, changed) => {
  const values = { ids: JSON.stringify(some), from: JSON.stringify(from), now: Date.now() };
  let parents = [];
  $app.runInTransaction((tx) => {
    const found = arrayOf(new DynamicModel({ j: "", up: "" }));
    tx.db().newQuery(CANCEL).bind(values).all(found);
    const ended = [];
    const those = [];
    for (const row of found) {
      those.push(row.j);
      if (row.up) ended.push(row.up);
    }
    changed.push(...those);
    parents = rows(tx.db(), WITH_CHILDREN, { ...values, changed: JSON.stringify(those) });
    resolveParents(tx, ended, values.now);
  });
  signal("cancel");
  return parents;
};

/** Those of `ids` that are in a status of `from`, whatever lives below them. Answers the ids of all that changed. */
const cancelTrees = (ids, from) => {
  const changed = [];
  const parents = [];
  let [next, statuses] = [ids, from];
  while (next.length > 0) {
    for (let at = 0; at < next.length; at += AT_ONCE) {
      parents.push(...cancelSome(next.slice(at, at + AT_ONCE), statuses, changed));
    }
    [next, statuses] = [[], LIVE_STATUSES];
    while (next.length < AT_ONCE && parents.length > 0) {
      next.push(...rows($app.db(), LIVE_CHILDREN, { ids: JSON.stringify(parents.splice(-PARENTS_AT_ONCE)) }));
    }
  }
  return changed;
};

module.exports = { cancelTrees, statements: { CANCEL, WITH_CHILDREN, LIVE_CHILDREN } };
