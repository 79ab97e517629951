// {limit} -> {lanes}: those with work, busiest first. {limit, name}: that lane alone, with or without work.
const { parse, rows, text, whole } = require(`${__hooks}/taskqueue/request.js`);

const LANE = `json_object('name', name, 'running', running, 'pending', pending, 'concurrency', concurrency,
    'gapMs', gap_ms, 'rateCount', rate_count, 'rateMs', rate_ms, 'paused', paused, 'blockedUntil', blocked_until,
    'reason', reason) AS j`;

const LIST = `SELECT ${LANE} FROM (SELECT l.*, coalesce(b.pending, 0) AS pending FROM lanes l
    LEFT JOIN (SELECT lane, sum(pending) AS pending FROM lane_backlog GROUP BY lane) b ON b.lane = l.name)
  WHERE running > 0 OR pending > 0 ORDER BY running DESC, pending DESC, name LIMIT {:limit}`;

const ONE = `SELECT ${LANE} FROM (SELECT l.*, coalesce((SELECT sum(pending) FROM lane_backlog WHERE lane = l.name), 0) AS pending
  FROM lanes l WHERE l.name = {:name})`;

const run = (body) => {
  const request = parse(body);
  const limit = whole(request.limit, "limit", 1, 1000);
  const found =
    request.name === undefined
      ? rows($app.db(), LIST, { limit })
      : rows($app.db(), ONE, { name: text(request.name, "name", 300) });
  return `{"lanes":[${found.join(",")}]}`;
};

module.exports = { roles: ["backend"], run, statements: { LIST, ONE } };
