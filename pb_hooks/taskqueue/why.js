// {taskId} -> the facts from which packages/taskqueue/src/explain-wait.ts tells why the task does not run, or null.
const { parse, rows, text } = require(`${__hooks}/taskqueue/request.js`);
const { TASK, LIVE } = require(`${__hooks}/taskqueue/task-row.js`);

const MOST_COUNTED_AHEAD = 10_000;

const LANE = `SELECT json_object('paused', paused, 'blockedUntil', blocked_until, 'reason', reason, 'nextAt', next_at,
    'rateCount', rate_count, 'rateMs', rate_ms, 'concurrency', concurrency, 'running', running,
    'rateOpensAt', iif(rate_count > 0, rate_tat - rate_ms + rate_ms / rate_count, 0))
  FROM lanes WHERE name = task.lane`;

const KIND = `SELECT iif(removed_at > 0, 'removed', 'disabled') FROM definitions
  WHERE kind = task.kind AND (removed_at > 0 OR disabled = 1)`;

const KEY_HOLDER = `SELECT h.id FROM tasks h INDEXED BY tasks_live_key
  WHERE h.key = task.key AND h.key <> '' AND h.behind = 0 AND h.${LIVE} AND task.behind = 1`;

/** In the order of claims; only what is due counts. */
const AHEAD = `SELECT count(*) FROM (SELECT 1 FROM lane_backlog b CROSS JOIN tasks a INDEXED BY tasks_claim
    ON a.lane = b.lane AND a.kind = b.kind AND a.flags = b.flags AND a.status = 'pending' AND a.due = 1
      AND (a.rank, a.run_at, a.rowid) < (task.rank, task.run_at, task.place)
  WHERE b.lane = task.lane AND b.due > 0 AND task.status = 'pending' LIMIT ${MOST_COUNTED_AHEAD})`;

const RUNNERS = `SELECT json_object('alive', count(*), 'able', coalesce(sum(able), 0),
    'places', coalesce(sum(able * concurrency), 0), 'free', coalesce(sum(able * max(0, concurrency - held)), 0))
  FROM (SELECT r.concurrency, EXISTS (SELECT 1 FROM json_each(r.kinds) k WHERE k.value = task.kind) AS able,
      (SELECT count(*) FROM tasks m INDEXED BY tasks_lease WHERE m.lease_until > 0 AND m.runner = r.runner) AS held
    FROM runners r WHERE r.alive_until > {:now})`;

const FACTS = `SELECT json_object('task', json(${TASK}), 'behind', behind, 'lane', json((${LANE})), 'kindIs', (${KIND}),
    'keyHolder', (${KEY_HOLDER}), 'ahead', (${AHEAD}), 'runners', json((${RUNNERS}))) AS j
  FROM (SELECT rowid AS place, * FROM tasks WHERE id = {:id}) task`;

const run = (body) => {
  const id = text(parse(body).taskId, "taskId", 32);
  const now = Date.now();
  const [facts] = rows($app.db(), FACTS, { id, now });
  return `{"now":${now},"facts":${facts ?? "null"}}`;
};

module.exports = { roles: ["backend"], run, statements: { FACTS } };
