// Adds tasks in one transaction. {tasks: [{id, kind, payload, lane, key, priority, runAt|null, maxAttempts}], parent?}
// A key that a live task has leaves that task as it is. Answers {at, existing: [{index, task}]}: everything that is not
// `existing` was added at `at`, so a thousand rows need not travel back. Ids are the caller's: adding again with the
// same ids changes nothing.
const { asRefusal, refusal } = require(`${__hooks}/taskqueue/refusal.js`);
const { bad, readHead, rows, text, whole } = require(`${__hooks}/taskqueue/request.js`);
const { TASK, LIVE } = require(`${__hooks}/taskqueue/task-row.js`);
const { signal } = require(`${__hooks}/taskqueue/signal.js`);

const MOST = 20_000;

const HEAD = `SELECT json_object('tasks', CASE json_type({:body}, '$.tasks')
    WHEN 'array' THEN json_array_length({:body}, '$.tasks') END, 'parent', json_extract({:body}, '$.parent')) AS j`;

/** Which task and field the table's trigger refused: looked up only then. */
const WRONG = `SELECT json_object('index', key, 'field', CASE
    WHEN json_type(value, '$.id') IS NOT 'text' OR length(value->>'id') NOT BETWEEN 15 AND 32 THEN 'id'
    WHEN json_type(value, '$.kind') IS NOT 'text' OR length(value->>'kind') NOT BETWEEN 1 AND 128 THEN 'kind'
    WHEN json_type(value, '$.lane') IS NOT 'text' OR length(value->>'lane') NOT BETWEEN 1 AND 300 THEN 'lane'
    WHEN json_type(value, '$.key') IS NOT 'text' OR length(value->>'key') > 512 THEN 'key'
    WHEN json_type(value, '$.payload') IS NOT 'object' OR octet_length(value->'payload') > 1048576 THEN 'payload'
    WHEN json_type(value, '$.priority') IS NOT 'integer' OR abs(value->>'priority') > 1000000 THEN 'priority'
    WHEN json_type(value, '$.maxAttempts') IS NOT 'integer'
      OR value->>'maxAttempts' NOT BETWEEN 1 AND 1000 THEN 'maxAttempts'
    WHEN coalesce(json_type(value, '$.runAt'), 'null') NOT IN ('null', 'integer')
      OR value->>'runAt' NOT BETWEEN 0 AND 8640000000000000 THEN 'runAt'
  END) AS j
  FROM json_each({:body}, '$.tasks') WHERE j->>'field' IS NOT NULL LIMIT 1`;

const INSERT = `INSERT INTO tasks
    (id, kind, lane, key, status, priority, run_at, due, payload, max_attempts, parent, created_at, updated_at)
  SELECT value->>'id', value->>'kind', value->>'lane', value->>'key', 'pending', value->>'priority',
    coalesce(value->>'runAt', {:now}), coalesce(value->>'runAt', {:now}) <= {:now}, value->'payload',
    value->>'maxAttempts', {:parent}, {:now}, {:now}
  FROM json_each({:body}, '$.tasks') WHERE true
  ON CONFLICT DO NOTHING`;

const EXISTING = `SELECT json_object('index', item.key, 'task', (
    SELECT ${TASK} FROM tasks INDEXED BY tasks_live_key WHERE key = item.value->>'key' AND key <> '' AND ${LIVE})) AS j
  FROM json_each({:body}, '$.tasks') item
  WHERE item.value->>'key' <> '' AND item.value->>'id' NOT IN (SELECT id FROM tasks WHERE id = item.value->>'id')`;

const PARENT = "SELECT status AS j FROM tasks WHERE id = {:id} AND lease = {:lease} AND lease_until > 0";

/** The parent's id, or '' when there is none. Only who holds its lease may give it children. */
const checkParent = (tx, fence) => {
  if (fence === null) return "";
  const [status] = rows(tx.db(), PARENT, fence);
  if (status === undefined) throw refusal(409, "LEASE_LOST", "The parent's lease is gone", { id: fence.id });
  if (status === "cancelling") throw refusal(409, "CANCELLED", "The parent is being cancelled", { id: fence.id });
  return fence.id;
};

const readFence = (parent) =>
  parent && { id: text(parent.taskId, "taskId"), lease: whole(parent.lease, "lease", 0, Number.MAX_SAFE_INTEGER) };

/** Answers what was live already. Most calls add everything they bring, and then nothing has to be looked up. */
const insert = (tx, body, count, now, fence) => {
  const values = { body, now, parent: checkParent(tx, fence) };
  const added = tx.db().newQuery(INSERT).bind(values).execute().rowsAffected();
  return added === count ? [] : rows(tx.db(), EXISTING, { body });
};

const run = (body, role) => {
  const head = readHead($app.db(), HEAD, body);
  const count = whole(head.tasks, "The number of tasks", 0, MOST);
  const fence = readFence(head.parent);
  if (fence === null && role === "runner") throw refusal(403, "FORBIDDEN", "A runner adds children only");
  const now = Date.now();
  let existing = [];
  try {
    $app.runInTransaction((tx) => {
      existing = insert(tx, body, count, now, fence);
    });
  } catch (error) {
    const [wrong] = asRefusal(error) ? [] : rows($app.db(), WRONG, { body });
    throw wrong === undefined ? error : bad(`Task ${wrong} is not valid`);
  }
  signal("work");
  return `{"at":${now},"existing":[${existing.join(",")}]}`;
};

module.exports = { roles: ["backend", "runner"], run, statements: { INSERT, EXISTING, PARENT, WRONG } };
