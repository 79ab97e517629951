// {key} -> {task}: removes the task that has the key, and answers it as it was; null when nobody has it. The live one
// has it before one that failed. A held one, or one with a held descendant, loses the key and its further attempts
// instead; all others are deleted with their descendants. Whoever stood behind it comes forward.
const { findHolders, preparing, statements } = require(`${__hooks}/taskqueue/add-keyed.js`);
const { LOCKED } = require(`${__hooks}/taskqueue/key-modes.js`);
const { parse, text } = require(`${__hooks}/taskqueue/request.js`);
const { resolveParents } = require(`${__hooks}/taskqueue/resolve-parents.js`);
const { signal } = require(`${__hooks}/taskqueue/signal.js`);

const TREE = `WITH RECURSIVE tree (id) AS (SELECT {:id}
    UNION SELECT c.id FROM tree CROSS JOIN tasks c INDEXED BY tasks_parent WHERE c.parent = tree.id AND c.parent <> '')
  SELECT id FROM tree`;
const HELD = `SELECT t.id AS j FROM (${TREE}) tree CROSS JOIN tasks t WHERE t.id = tree.id AND t.lease_until > 0 LIMIT 1`;
const REMOVE = `DELETE FROM tasks WHERE id IN (${TREE})`;

const remove = (tx, key, now) => {
  const ask = preparing(tx);
  const { front, failed } = findHolders(ask, key);
  const task = front ?? failed;
  if (!task) return null;
  const { id, parent, j } = task;
  if (LOCKED.includes(task.status) || ask(HELD, { id }).length > 0) {
    ask(statements.RELEASE, { id, now });
  } else {
    ask(REMOVE, { id });
    if (parent !== "") resolveParents(tx, [parent], now);
  }
  return j;
};

const run = (body) => {
  const key = text(parse(body).key, "key", 512);
  let task = null;
  $app.runInTransaction((tx) => {
    task = remove(tx, key, Date.now());
  });
  if (task !== null) signal("work");
  return `{"task":${task}}`;
};

module.exports = { roles: ["backend"], run, statements: { HELD, REMOVE } };
