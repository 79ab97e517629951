// {} -> {runners}, newest first, with how many tasks each holds. A card is kept for an hour after its last beat.
const { rows } = require(`${__hooks}/taskqueue/request.js`);

const LIST = `SELECT json_object('id', r.runner, 'host', host, 'pid', pid, 'version', version, 'kinds', json(kinds),
    'concurrency', concurrency, 'running', coalesce(held.n, 0), 'alive', alive_until > {:now},
    'startedAt', started_at, 'seenAt', seen_at) AS j
  FROM runners r LEFT JOIN (SELECT runner, count(*) AS n FROM tasks INDEXED BY tasks_lease WHERE lease_until > 0
    GROUP BY runner) held ON held.runner = r.runner
  ORDER BY started_at DESC, r.runner LIMIT 1000`;

const run = () => `{"runners":[${rows($app.db(), LIST, { now: Date.now() }).join(",")}]}`;

module.exports = { roles: ["backend"], run, statements: { LIST } };
