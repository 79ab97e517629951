// Cancels tasks and all live ones below them, a thousand rows a transaction: an operator may mean hundreds of trees, and
// one statement for all would hold up every claim. Always parents before their children (a parent was added before them),
// so that none ends by its children's end before it was asked itself. It goes on to its end even when the caller is gone;
// killed halfway, the parents stay `cancelling` until what is below them has ended, or is cancelled again.
const { rows } = require(`${__hooks}/taskqueue/request.js`);
const { resolveParents } = require(`${__hooks}/taskqueue/resolve-parents.js`);
const { signal } = require(`${__hooks}/taskqueue/signal.js`);
const { LIVE } = require(`${__hooks}/taskqueue/task-row.js`);

const AT_ONCE = 1000;
const LIVE_STATUSES = ["pending", "paused", "running", "waiting"];

/** With its weight: how many come with it at least. One that is being cancelled may have been broken off halfway. */
const ROOTS = `SELECT json_array(t.id, 1 + t.child_total) AS j FROM json_each({:ids}) i CROSS JOIN tasks t
  WHERE t.id = i.value AND (t.status = 'cancelling' OR t.status IN (SELECT value FROM json_each({:from})))
  ORDER BY t.rowid`;

/** Also below tasks that have ended: who is done, or failed, may have left live children. */
const TREE = `WITH RECURSIVE tree (id, place) AS (
    SELECT t.id, t.rowid FROM json_each({:ids}) i CROSS JOIN tasks t WHERE t.id = i.value AND t.${LIVE}
    UNION
    SELECT c.id, c.rowid FROM tree CROSS JOIN tasks c INDEXED BY tasks_parent
      WHERE c.parent = tree.id AND c.parent <> '' AND (c.${LIVE} OR c.child_total > 0))
  SELECT t.id AS j FROM tree CROSS JOIN tasks t ON t.rowid = tree.place
  WHERE t.status IN ('pending', 'paused', 'running', 'waiting') ORDER BY place`;

/** Of those that were asked for by themselves only the ones in a status that was meant. */
const CANCEL = `UPDATE tasks SET
    status = iif(status IN ('pending', 'paused'), 'cancelled', 'cancelling'),
    finished_at = iif(status IN ('pending', 'paused'), {:now}, 0),
    cancel_requested_at = {:now}, updated_at = {:now}, waiting_for = '', moves = moves + 1
  WHERE id IN (SELECT value FROM json_each({:ids})) AND +status IN ('pending', 'paused', 'running', 'waiting')
    AND (+status IN (SELECT value FROM json_each({:from})) OR id NOT IN (SELECT value FROM json_each({:roots})))
  RETURNING id AS j, CASE WHEN status = 'cancelled' THEN parent WHEN lease_until = 0 THEN id ELSE '' END AS up`;

const ADDED_MEANWHILE = `SELECT c.id AS j FROM json_each({:ids}) i CROSS JOIN tasks c INDEXED BY tasks_parent
  WHERE c.parent = i.value AND c.parent <> '' AND c.status IN ('pending', 'paused', 'running', 'waiting')`;

/** One transaction; answers the ids of those that changed. Who runs one is told before the rest goes on. */
const cancelSome = (values) => {
  const now = Date.now();
  const changed = [];
  $app.runInTransaction((tx) => {
    const found = arrayOf(new DynamicModel({ j: "", up: "" }));
    tx.db()
      .newQuery(CANCEL)
      .bind({ ...values, now })
      .all(found);
    const ended = [];
    for (const row of found) {
      changed.push(row.j);
      if (row.up) ended.push(row.up);
    }
    resolveParents(tx, ended, now);
  });
  signal("cancel");
  return changed;
};

const read = (statement, ids, more = {}) => rows($app.db(), statement, { ids: JSON.stringify(ids), ...more });

const cancelRoots = (roots, from) => {
  const changed = [];
  const asked = { roots: JSON.stringify(roots), from: JSON.stringify(from) };
  let next = read(TREE, roots);
  while (next.length > 0) {
    const those = [];
    for (let at = 0; at < next.length; at += AT_ONCE) {
      those.push(...cancelSome({ ...asked, ids: JSON.stringify(next.slice(at, at + AT_ONCE)) }));
    }
    changed.push(...those);
    // Whoever ran could add children until it was asked itself. What was asked for and left out is not left out below.
    next = read(TREE, read(ADDED_MEANWHILE, those));
    asked.from = JSON.stringify(LIVE_STATUSES);
  }
  return changed;
};

/** Trees that are small together go together. */
const inSlices = (weighed) => {
  const slices = [];
  let room = 0;
  for (const text of weighed) {
    const [id, weight] = JSON.parse(text);
    if (weight > room) {
      slices.push([]);
      room = AT_ONCE;
    }
    slices.at(-1).push(id);
    room -= weight;
  }
  return slices;
};

/** Those of `ids` that are in a status of `from`, with all that lives below them. Answers the ids of all that changed. */
const cancelTrees = (ids, from) => {
  const changed = [];
  for (const roots of inSlices(read(ROOTS, ids, { from: JSON.stringify(from) }))) {
    for (const id of cancelRoots(roots, from)) changed.push(id);
  }
  return changed;
};

module.exports = { cancelTrees, statements: { ROOTS, TREE, CANCEL, ADDED_MEANWHILE } };
