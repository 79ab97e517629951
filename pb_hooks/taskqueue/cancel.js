// Asks tasks and all their live descendants to end: {ids} -> {tasks: [...], changed: [ids]}. Pending and paused ones are
// cancelled at once; running ones are told by their next heartbeat; waiting ones follow their children. A large tree goes
// in several transactions (cancel-trees.js), parents first.
const { cancelTrees } = require(`${__hooks}/taskqueue/cancel-trees.js`);
const { parse, rows, texts } = require(`${__hooks}/taskqueue/request.js`);
const { signal } = require(`${__hooks}/taskqueue/signal.js`);
const { TASK } = require(`${__hooks}/taskqueue/task-row.js`);

const MOST = 1000;
const FROM = ["pending", "paused", "running", "waiting"];

const SHOW = `SELECT ${TASK} AS j FROM tasks WHERE id IN (SELECT value FROM json_each({:ids}))`;

const run = (body) => {
  const asked = texts(parse(body).ids, "ids", MOST);
  const changed = new Set(cancelTrees(asked, FROM));
  if (changed.size > 0) signal("work");
  const tasks = rows($app.db(), SHOW, { ids: JSON.stringify(asked) });
  return `{"tasks":[${tasks.join(",")}],"changed":${JSON.stringify(asked.filter((id) => changed.has(id)))}}`;
};

module.exports = { roles: ["backend"], run, statements: { SHOW } };
