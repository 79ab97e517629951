// {name}: lifts a pause and a block of the lane.
const { parse, text } = require(`${__hooks}/taskqueue/request.js`);
const { refusal } = require(`${__hooks}/taskqueue/refusal.js`);
const { signal } = require(`${__hooks}/taskqueue/signal.js`);

const RESUME = "UPDATE lanes SET paused = 0, blocked_until = 0, reason = '' WHERE name = {:name}";

const run = (body) => {
  const name = text(parse(body).name, "name", 300);
  const changed = $app.nonconcurrentDB().newQuery(RESUME).bind({ name }).execute().rowsAffected();
  if (changed === 0) throw refusal(404, "LANE_NOT_FOUND", `There is no lane ${name}`, { name });
  signal("work");
  return "{}";
};

module.exports = { roles: ["backend"], run, statements: { RESUME } };
