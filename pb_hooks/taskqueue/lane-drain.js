// {name} -> {cancelled, more}: cancels what waits in the lane and all live tasks below; what runs goes on. At most a
// thousand of the lane's tasks a call, so that no other write waits long: while there is more, ask again.
const { cancelTrees } = require(`${__hooks}/taskqueue/cancel-trees.js`);
const { parse, rows, text } = require(`${__hooks}/taskqueue/request.js`);
const { refusal } = require(`${__hooks}/taskqueue/refusal.js`);
const { select } = require(`${__hooks}/taskqueue/selection.js`);
const { signal } = require(`${__hooks}/taskqueue/signal.js`);

const AT_ONCE = 1000;
const WAITS = ["pending", "paused"];
const IS_LANE = "SELECT 1 AS j FROM lanes WHERE name = {:name}";
const run = (body) => {
  const name = text(parse(body).name, "name", 300);
  if (rows($app.db(), IS_LANE, { name }).length === 0) {
    throw refusal(404, "LANE_NOT_FOUND", `There is no lane ${name}`, { name });
  }
  const ids = select({ filter: { lane: name } }, WAITS).pick(AT_ONCE);
  const cancelled = cancelTrees(ids, WAITS).length;
  if (cancelled > 0) signal("work");
  return JSON.stringify({ cancelled, more: ids.length === AT_ONCE });
};

module.exports = { roles: ["backend"], run, statements: { IS_LANE } };
