// {runner} removes its card. What it still holds is taken back by its lease.
const { parse, text } = require(`${__hooks}/taskqueue/request.js`);

const run = (body) => {
  const runner = text(parse(body).runner, "runner");
  $app.nonconcurrentDB().newQuery("DELETE FROM runners WHERE runner = {:runner}").bind({ runner }).execute();
  return "{}";
};

module.exports = { roles: ["runner"], run };
