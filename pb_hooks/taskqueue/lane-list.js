// {limit} -> {lanes}: those with work, busiest first.
const { parse, rows, whole } = require(`${__hooks}/taskqueue/request.js`);

const LIST = `SELECT json_object('name', name, 'running', running, 'pending', pending, 'concurrency', concurrency,
    'gapMs', gap_ms, 'paused', paused, 'blockedUntil', blocked_until, 'reason', reason) AS j
  FROM (SELECT l.*, coalesce(b.pending, 0) AS pending FROM lanes l
    LEFT JOIN (SELECT lane, sum(pending) AS pending FROM lane_backlog GROUP BY lane) b ON b.lane = l.name)
  WHERE running > 0 OR pending > 0 ORDER BY running DESC, pending DESC, name LIMIT {:limit}`;

const run = (body) => {
  const limit = whole(parse(body).limit, "limit", 1, 1000);
  return `{"lanes":[${rows($app.db(), LIST, { limit }).join(",")}]}`;
};

module.exports = { roles: ["backend"], run, statements: { LIST } };
