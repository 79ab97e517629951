// {key} -> {task}: the most recently added task with this key, or null.
const { parse, rows, text } = require(`${__hooks}/taskqueue/request.js`);
const { TASK } = require(`${__hooks}/taskqueue/task-row.js`);

const FIND = `SELECT ${TASK} AS j FROM tasks INDEXED BY tasks_key WHERE key = {:key} AND key <> ''
  ORDER BY rowid DESC LIMIT 1`;

const run = (body) => {
  const [task] = rows($app.db(), FIND, { key: text(parse(body).key, "key", 512) });
  return `{"task":${task ?? "null"}}`;
};

module.exports = { roles: ["backend"], run, statements: { FIND } };
