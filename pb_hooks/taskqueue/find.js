// {ids} -> {tasks}: those that exist, in any order.
const { parse, rows, texts } = require(`${__hooks}/taskqueue/request.js`);
const { TASK } = require(`${__hooks}/taskqueue/task-row.js`);

const FIND = `SELECT ${TASK} AS j FROM tasks WHERE id IN (SELECT value FROM json_each({:ids}))`;

const run = (body) => {
  const ids = JSON.stringify(texts(parse(body).ids, "ids", 1000));
  return `{"tasks":[${rows($app.db(), FIND, { ids }).join(",")}]}`;
};

module.exports = { roles: ["backend"], run, statements: { FIND } };
