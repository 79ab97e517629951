// {name, reason}: nothing of the lane is claimed until it is resumed; what runs goes on.
const { parse, text } = require(`${__hooks}/taskqueue/request.js`);
const { refusal } = require(`${__hooks}/taskqueue/refusal.js`);

const PAUSE = "UPDATE lanes SET paused = 1, reason = {:reason} WHERE name = {:name}";

const run = (body) => {
  const request = parse(body);
  const name = text(request.name, "name", 300);
  const reason = text(request.reason, "reason", 500);
  const changed = $app.nonconcurrentDB().newQuery(PAUSE).bind({ name, reason }).execute().rowsAffected();
  if (changed === 0) throw refusal(404, "LANE_NOT_FOUND", `There is no lane ${name}`, { name });
  return "{}";
};

module.exports = { roles: ["backend"], run, statements: { PAUSE } };
