// {identifier, expected, next, at, tasks} -> {fired}. The item's clock moves from `expected` to `next` and its tasks are
// added, both or neither; false: its clock stands elsewhere by now, or it is paused or gone, and nothing is done.
const { insertTasks } = require(`${__hooks}/taskqueue/add.js`);
const { bad, parse, text, whole } = require(`${__hooks}/taskqueue/request.js`);
const { signal } = require(`${__hooks}/taskqueue/signal.js`);

const MOST = 1000;
const LAST_TIME = 8.64e15;

const MOVE = `UPDATE cron_items SET next_at = {:next}, updated_at = {:now}
  WHERE identifier = {:identifier} AND next_at = {:expected} AND paused = 0`;
const REMEMBER = "UPDATE cron_items SET last_at = {:at}, last_task = {:task} WHERE identifier = {:identifier}";

const readFiring = (body) => {
  const { identifier, expected, next, at, tasks } = parse(body);
  if (!Array.isArray(tasks) || tasks.length > MOST) throw bad(`tasks must be a list of at most ${MOST}`);
  const createdBy = `cron:${text(identifier, "identifier")}`;
  return {
    identifier,
    expected: whole(expected, "expected", 0, LAST_TIME),
    // Only forwards: a clock that could be put back could fire for the same time again.
    next: whole(next, "next", expected + 1, LAST_TIME),
    at: whole(at, "at", 0, LAST_TIME),
    tasks: tasks.map((task) => ({ ...task, createdBy })),
  };
};

/** The id of the last task: its own, or that of the task which had its key. */
const add = (tx, tasks, now) => {
  const existing = insertTasks(tx, { tasks: JSON.stringify(tasks), now });
  const last = tasks.length - 1;
  const found = existing.map((text) => JSON.parse(text)).find(({ index }) => index === last);
  return found ? found.task.id : tasks[last].id;
};

const run = (body) => {
  const { identifier, expected, next, at, tasks } = readFiring(body);
  const now = Date.now();
  let fired = false;
  $app.runInTransaction((tx) => {
    const moved = tx.db().newQuery(MOVE).bind({ identifier, expected, next, now }).execute();
    fired = moved.rowsAffected() > 0;
    if (!fired || tasks.length === 0) return;
    const task = add(tx, tasks, now);
    tx.db().newQuery(REMEMBER).bind({ identifier, at, task }).execute();
  });
  if (fired && tasks.length > 0) signal("work", tasks.length);
  return `{"fired":${fired}}`;
};

module.exports = { roles: ["backend", "runner"], run, statements: { MOVE, REMEMBER } };
