// {name, until, reason}: nothing of the lane is claimed before `until`; a later one wins over an earlier one.
const { parse, text, whole } = require(`${__hooks}/taskqueue/request.js`);

const BLOCK = `INSERT INTO lanes (name, blocked_until, reason) VALUES ({:name}, {:until}, {:reason})
  ON CONFLICT (name) DO UPDATE SET blocked_until = excluded.blocked_until, reason = excluded.reason
  WHERE excluded.blocked_until > blocked_until`;

const run = (body) => {
  const request = parse(body);
  const values = {
    name: text(request.name, "name", 300),
    until: whole(request.until, "until", 0, 8.64e15),
    reason: text(request.reason, "reason", 500),
  };
  $app.nonconcurrentDB().newQuery(BLOCK).bind(values).execute();
  return "{}";
};

module.exports = { roles: ["backend", "runner"], run, statements: { BLOCK } };
