// Asks tasks and all their live descendants to end: {ids} -> {tasks: [...], changed: [ids]}. Pending and paused ones are
// cancelled at once; running ones are told by their next heartbeat; waiting ones follow their children.
const { parse, rows, texts } = require(`${__hooks}/taskqueue/request.js`);
const { resolveParents } = require(`${__hooks}/taskqueue/resolve-parents.js`);
const { signal } = require(`${__hooks}/taskqueue/signal.js`);
const { TASK, LIVE } = require(`${__hooks}/taskqueue/task-row.js`);

const MOST = 1000;

const TREE = `WITH RECURSIVE tree (id) AS (
    SELECT t.id FROM json_each({:ids}) i CROSS JOIN tasks t WHERE t.id = i.value AND t.${LIVE}
    UNION
    SELECT c.id FROM tree CROSS JOIN tasks c INDEXED BY tasks_parent WHERE c.parent = tree.id AND c.parent <> '' AND c.${LIVE})
  SELECT id FROM tree`;

const CANCEL = `UPDATE tasks SET
    status = iif(status IN ('pending', 'paused'), 'cancelled', 'cancelling'),
    finished_at = iif(status IN ('pending', 'paused'), {:now}, 0),
    cancel_requested_at = {:now}, updated_at = {:now}, waiting_for = '', moves = moves + 1
  WHERE id IN (${TREE}) AND +status <> 'cancelling'
  RETURNING id AS j, CASE WHEN status = 'cancelled' THEN parent WHEN lease_until = 0 THEN id ELSE '' END AS up`;

const run = (body) => {
  const ids = JSON.stringify(texts(parse(body).ids, "ids", MOST));
  const now = Date.now();
  const changed = [];
  let tasks = [];
  $app.runInTransaction((tx) => {
    const found = arrayOf(new DynamicModel({ j: "", up: "" }));
    tx.db().newQuery(CANCEL).bind({ ids, now }).all(found);
    const parents = [];
    for (const row of found) {
      changed.push(row.j);
      if (row.up) parents.push(row.up);
    }
    resolveParents(tx, parents, now);
    const asked = "FROM json_each({:ids}) i CROSS JOIN tasks t WHERE t.id = i.value";
    tasks = rows(tx.db(), `SELECT ${TASK} AS j FROM (SELECT t.* ${asked})`, { ids });
  });
  if (changed.length > 0) {
    signal("cancel");
    signal("work");
  }
  return `{"tasks":[${tasks.join(",")}],"changed":${JSON.stringify(changed)}}`;
};

module.exports = { roles: ["backend"], run, statements: { CANCEL } };
