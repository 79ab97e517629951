// {removed?: true} -> {definitions}, by kind; removed ones only when asked for.
const { DEFINITION } = require(`${__hooks}/taskqueue/definition-row.js`);
const { parse, rows } = require(`${__hooks}/taskqueue/request.js`);

const LIST = `SELECT ${DEFINITION} AS j FROM definitions WHERE removed_at = 0 OR {:removed} ORDER BY kind`;

const run = (body) => {
  const found = rows($app.db(), LIST, { removed: parse(body).removed === true });
  return `{"definitions":[${found.join(",")}]}`;
};

module.exports = { roles: ["backend"], run, statements: { LIST } };
