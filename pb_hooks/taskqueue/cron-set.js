// {identifier, to: "paused" | "removed"} or {identifier, to: "running", nextAt} -> {item}, as it is now (as it was).
const { CRON_ITEM } = require(`${__hooks}/taskqueue/cron-item.js`);
const { refusal } = require(`${__hooks}/taskqueue/refusal.js`);
const { bad, parse, rows, text, whole } = require(`${__hooks}/taskqueue/request.js`);

const PAUSE = `UPDATE cron_items SET paused = 1, updated_at = {:now} WHERE identifier = {:identifier}
  RETURNING ${CRON_ITEM} AS j`;
// One that is not paused keeps its clock.
const RESUME = `UPDATE cron_items SET next_at = iif(paused, {:nextAt}, next_at), paused = 0, updated_at = {:now}
  WHERE identifier = {:identifier} RETURNING ${CRON_ITEM} AS j`;
const REMOVE = `DELETE FROM cron_items WHERE identifier = {:identifier} RETURNING ${CRON_ITEM} AS j`;

const STATEMENTS = {
  paused: (identifier, now) => [PAUSE, { identifier, now }],
  running: (identifier, now, nextAt) => [RESUME, { identifier, now, nextAt: whole(nextAt, "nextAt", 0, 8.64e15) }],
  removed: (identifier) => [REMOVE, { identifier }],
};

const run = (body) => {
  const { identifier, to, nextAt } = parse(body);
  if (!Object.keys(STATEMENTS).includes(to)) throw bad(`to must be one of ${Object.keys(STATEMENTS).join(", ")}`);
  const [statement, values] = STATEMENTS[to](text(identifier, "identifier"), Date.now(), nextAt);
  const [item] = rows($app.nonconcurrentDB(), statement, values);
  if (!item) throw refusal(404, "CRON_NOT_FOUND", `There is no cron item ${identifier}`, { identifier });
  return `{"item":${item}}`;
};

module.exports = { roles: ["backend"], run, statements: { PAUSE, RESUME, REMOVE } };
