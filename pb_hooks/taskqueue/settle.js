// Ends or puts off claimed tasks: {items: [{taskId, lease, type, ...}]} -> {settled: [{id, status}]}, without those whose
// lease is gone. Types are those of an Outcome; a `fail` brings its retry delays (ms, by attempt, the last for all
// further ones), of which the statement takes the attempt's.
const { bad, readHead, rows } = require(`${__hooks}/taskqueue/request.js`);
const { isQuiet, signal } = require(`${__hooks}/taskqueue/signal.js`);
const { resolveParents } = require(`${__hooks}/taskqueue/resolve-parents.js`);

const MOST = 5000;
/** A result of 1 MiB and its surroundings. */
const LARGEST = 1048576 + 65536;

/** How many items there are, and which of them is wrong in what. One reading of the request. */
const HEAD = `SELECT json_object('items', count(*), 'isList', json_type({:body}, '$.items') = 'array',
    'wrong', max(CASE
      WHEN type = 'done' OR type = 'wait' THEN iif(resultType = 'null' OR resultType = 'object', NULL, 'result')
      WHEN type = 'later' THEN iif(json_type(value, '$.runAt') IS 'integer'
        AND value->>'runAt' BETWEEN 0 AND 8640000000000000, NULL, 'runAt')
      WHEN type <> 'fail' THEN 'type'
      WHEN json_type(value, '$.error') IS NOT 'object' OR octet_length(value->'error') > 65536 THEN 'error'
      WHEN json_type(value, '$.delays[0]') IS NOT 'integer' THEN 'delays' END),
    'size', max(octet_length(value))) AS j
  FROM (SELECT value, coalesce(value->>'type', '') AS type, coalesce(json_type(value, '$.result'), 'null') AS resultType
    FROM json_each({:body}, '$.items'))`;

/**
 * `next` follows the table of packages/domain/src/states.ts; a test holds the two together. The LIMIT keeps SQLite from
 * merging this into the update, which would then scan all tasks.
 */
const ENDS = `SELECT t.rowid AS task, s.value AS item, s.value->>'type' AS type, CASE
      WHEN t.status = 'cancelling' THEN 'cancelled'
      WHEN s.value->>'type' = 'done' THEN 'done'
      WHEN s.value->>'type' = 'wait' THEN 'waiting'
      WHEN s.value->>'type' = 'later' THEN 'pending'
      WHEN coalesce(s.value->>'permanent', 0) OR t.attempts >= t.max_attempts THEN 'failed'
      ELSE 'pending' END AS next,
    CASE s.value->>'type'
      WHEN 'later' THEN s.value->>'runAt'
      WHEN 'fail' THEN {:now} + (s.value->>('$.delays[' ||
        (min(t.attempts, json_array_length(s.value, '$.delays')) - 1) || ']')) END AS again
  FROM json_each({:body}, '$.items') s CROSS JOIN tasks t
  WHERE t.id = s.value->>'taskId' AND t.lease = s.value->>'lease' AND t.lease_until > 0
  LIMIT ${MOST}`;

const SETTLE = `UPDATE tasks SET
    status = e.next,
    lease_until = 0,
    runner = iif(e.next = 'pending', '', runner),
    attempts = attempts - (e.type = 'later' AND e.next = 'pending'),
    run_at = iif(e.next = 'pending', e.again, run_at),
    due = iif(e.next = 'pending', e.again <= {:now}, due),
    waiting_for = iif(e.type = 'later' AND e.next = 'pending', coalesce(substr(e.item->>'reason', 1, 500), ''), ''),
    progress = iif(octet_length(e.item->'progress') <= 8192, e.item->'progress', progress),
    result = iif(e.next IN ('done', 'waiting'), nullif(e.item->'result', 'null'), result),
    error = CASE WHEN e.next = 'done' THEN NULL WHEN e.type = 'fail' AND e.next <> 'cancelled' THEN e.item->'error'
      ELSE error END,
    finished_at = iif(e.next IN ('done', 'failed', 'cancelled'), {:now}, 0),
    updated_at = {:now}
  FROM (${ENDS}) e WHERE tasks.rowid = e.task
  RETURNING json_object('id', id, 'status', status) AS j,
    CASE WHEN status = 'waiting' THEN id WHEN status <> 'pending' THEN parent ELSE '' END AS up`;

/** Whether work waits for a slot in a limited lane of the settled tasks, or one of them was put back. */
const OPENED = `SELECT 1 AS j FROM json_each({:body}, '$.items') s CROSS JOIN tasks t ON t.id = s.value->>'taskId'
    LEFT JOIN lanes l ON l.name = t.lane AND l.concurrency > 0
    LEFT JOIN lane_backlog b ON b.lane = l.name AND b.due > 0
  WHERE t.status = 'pending' OR b.due > 0 LIMIT 1`;

const settle = (tx, body, now) => {
  const found = arrayOf(new DynamicModel({ j: "", up: "" }));
  tx.db().newQuery(SETTLE).bind({ body, now }).all(found);
  const settled = [];
  const parents = [];
  for (const row of found) {
    settled.push(row.j);
    if (row.up) parents.push(row.up);
  }
  return { settled, parents };
};

const run = (body) => {
  const head = readHead($app.db(), HEAD, body);
  if (!head.isList || head.items > MOST) throw bad(`items must be a list of at most ${MOST}`);
  if (head.wrong) throw bad(`A settlement's ${head.wrong} is not valid`);
  if (head.size > LARGEST) throw bad("A settlement is larger than 1 MiB");
  const now = Date.now();
  let settled = [];
  $app.runInTransaction((tx) => {
    const ended = settle(tx, body, now);
    const resolved = resolveParents(tx, ended.parents, now);
    settled = [...ended.settled, ...resolved];
  });
  if (isQuiet("work") && rows($app.db(), OPENED, { body }).length > 0) signal("work");
  return `{"settled":[${settled.join(",")}]}`;
};

module.exports = { roles: ["runner"], run, statements: { HEAD, SETTLE, OPENED } };
