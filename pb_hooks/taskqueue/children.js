// {parent, from, limit} -> {tasks}: a parent's children in the order in which they were added. `from` is how many are
// left out before; they cost an entry of the index each.
const { parse, rows, text, whole } = require(`${__hooks}/taskqueue/request.js`);
const { TASK } = require(`${__hooks}/taskqueue/task-row.js`);

const CHILDREN = `SELECT ${TASK} AS j FROM tasks WHERE rowid IN (
    SELECT rowid FROM tasks INDEXED BY tasks_children WHERE parent = {:parent} AND parent <> ''
    ORDER BY rowid LIMIT {:limit} OFFSET {:from})
  ORDER BY rowid`;

const run = (body) => {
  const { parent, from, limit } = parse(body);
  const values = {
    parent: text(parent, "parent", 32),
    from: whole(from, "from", 0, Number.MAX_SAFE_INTEGER),
    limit: whole(limit, "limit", 1, 1000),
  };
  return `{"tasks":[${rows($app.db(), CHILDREN, values).join(",")}]}`;
};

module.exports = { roles: ["backend", "runner"], run, statements: { CHILDREN } };
