// {} -> {now, due, nextAt}: what is due by this clock, longest overdue first, and the time of the next one; null: none.
const { CRON_ITEM } = require(`${__hooks}/taskqueue/cron-item.js`);
const { rows } = require(`${__hooks}/taskqueue/request.js`);

const DUE = `SELECT ${CRON_ITEM} AS j FROM cron_items INDEXED BY cron_items_due
  WHERE paused = 0 AND next_at <= {:now} ORDER BY next_at LIMIT 1000`;
const NEXT = `SELECT json_array(min(next_at)) AS j FROM cron_items INDEXED BY cron_items_due
  WHERE paused = 0 AND next_at > {:now}`;

const run = () => {
  const now = Date.now();
  const due = rows($app.db(), DUE, { now }).join(",");
  const [nextAt] = JSON.parse(rows($app.db(), NEXT, { now })[0]);
  return `{"now":${now},"due":[${due}],"nextAt":${JSON.stringify(nextAt)}}`;
};

module.exports = { roles: ["backend", "runner"], run, statements: { DUE, NEXT } };
