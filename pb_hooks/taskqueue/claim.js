// Hands the next tasks to a runner: {runner, kinds, limit, leaseMs} -> {tasks, nextAt}. A lane is open when it is
// neither paused nor blocked, its next slot has come and it has room. Only due tasks of open lanes are looked at, so
// neither a blocked lane nor a million tasks put off slow a claim.
const { parse, rows, text, texts, whole, DAY_MS } = require(`${__hooks}/taskqueue/request.js`);
const { TASK } = require(`${__hooks}/taskqueue/task-row.js`);

const MOST = 1000;
const PROMOTED_AT_ONCE = 5000;

/** `room` is how many the lane still takes, 2^31 when it has no limit. */
const OPEN = `SELECT b.lane, b.kind, CASE l.concurrency WHEN 0 THEN 2147483648 ELSE l.concurrency - l.running END AS room
  FROM json_each({:kinds}) k
    CROSS JOIN lane_backlog b INDEXED BY lane_backlog_due ON b.kind = k.value AND b.due > 0
    CROSS JOIN lanes l INDEXED BY lanes_name ON l.name = b.lane
  WHERE l.paused = 0 AND l.blocked_until <= {:now} AND l.next_at <= {:now}
    AND (l.concurrency = 0 OR l.running < l.concurrency)`;

/** What there is to do, read without the write lock: most claims of an idle runner end here. Two open lanes are many. */
const LOOK = `SELECT json_object(
    'open', (SELECT json_group_array(json_object('lane', lane, 'kind', kind)) FROM (${OPEN} LIMIT 2)),
    'promote', EXISTS (SELECT 1 FROM tasks INDEXED BY tasks_scheduled
      WHERE status = 'pending' AND due = 0 AND run_at <= {:now})) AS j`;

const PROMOTE = `UPDATE tasks SET due = 1 WHERE rowid IN (SELECT rowid FROM tasks INDEXED BY tasks_scheduled
  WHERE status = 'pending' AND due = 0 AND run_at <= {:now} ORDER BY run_at LIMIT ${PROMOTED_AT_ONCE})`;

const TAKE = `UPDATE tasks SET status = 'running', runner = {:runner}, lease = lease + 1, lease_until = {:until},
    attempts = attempts + 1, started_at = {:now}, updated_at = {:now}, waiting_for = '',
    failed_before = child_failed, cancelled_before = child_cancelled
  WHERE +status = 'pending' AND rowid IN `;

const CANDIDATES = `tasks INDEXED BY tasks_claim WHERE status = 'pending' AND due = 1`;

/** The usual case: one lane has work. */
const ONE_LANE = `${TAKE} (SELECT rowid FROM ${CANDIDATES} AND lane = {:lane} AND kind = {:kind}
    ORDER BY priority, run_at, rowid
    LIMIT min({:limit}, coalesce((SELECT room FROM (${OPEN}) WHERE lane = {:lane} AND kind = {:kind}), 0)))
  RETURNING ${TASK} AS j`;

/** A lane with room for one gives one candidate, so that a thousand serial lanes cost a thousand probes and no more. */
const heads = (open, limit) => `SELECT t.rowid AS task, t.lane, t.priority, t.run_at, o.room
  FROM (SELECT * FROM (${OPEN}) WHERE room ${open}) o CROSS JOIN tasks t
  WHERE t.rowid IN (SELECT c.rowid FROM tasks c INDEXED BY tasks_claim
    WHERE c.status = 'pending' AND c.due = 1 AND c.lane = o.lane AND c.kind = o.kind
    ORDER BY c.priority, c.run_at LIMIT ${limit})`;

const MANY_LANES = `${TAKE} (SELECT task FROM (
    SELECT *, row_number() OVER (PARTITION BY lane ORDER BY priority, run_at, task) AS place
    FROM (${heads("= 1", "1")} UNION ALL ${heads("> 1", "{:limit}")}))
    WHERE place <= room ORDER BY priority, run_at, task LIMIT {:limit})
  RETURNING ${TASK} AS j`;

const NEXT_AT = `SELECT coalesce(min(at), 0) AS j FROM (
    SELECT * FROM (SELECT run_at AS at FROM tasks INDEXED BY tasks_scheduled
      WHERE status = 'pending' AND due = 0 ORDER BY run_at LIMIT 1)
    UNION ALL
    SELECT max(l.next_at, l.blocked_until) FROM json_each({:kinds}) k
      CROSS JOIN lane_backlog b INDEXED BY lane_backlog_due ON b.kind = k.value AND b.due > 0
      CROSS JOIN lanes l INDEXED BY lanes_name ON l.name = b.lane
    WHERE l.paused = 0 AND (l.next_at > {:now} OR l.blocked_until > {:now}))`;

/** Each is one statement on the write connection, which is a transaction by itself. */
const take = (look, values) => {
  const db = $app.nonconcurrentDB();
  if (look.promote) db.newQuery(PROMOTE).bind({ now: values.now }).execute();
  const single = look.open.length === 1 && !look.promote;
  return rows(db, single ? ONE_LANE : MANY_LANES, single ? { ...values, ...look.open[0] } : values);
};

const run = (body) => {
  const request = parse(body);
  const now = Date.now();
  const kinds = JSON.stringify(texts(request.kinds, "kinds", 100));
  const limit = whole(request.limit, "limit", 1, MOST);
  const until = now + whole(request.leaseMs, "leaseMs", 0, DAY_MS);
  const runner = text(request.runner, "runner");
  const look = JSON.parse(rows($app.db(), LOOK, { kinds, now })[0]);
  const tasks = look.open.length > 0 || look.promote ? take(look, { kinds, limit, until, runner, now }) : [];
  const nextAt = tasks.length < limit ? Number(rows($app.db(), NEXT_AT, { kinds, now })[0]) : 0;
  return `{"tasks":[${tasks.join(",")}],"nextAt":${nextAt || null}}`;
};

module.exports = { roles: ["runner"], run, statements: { LOOK, PROMOTE, ONE_LANE, MANY_LANES, NEXT_AT } };
