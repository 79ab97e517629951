// Adds tasks in one transaction. {parent?: {taskId, lease}, tasks: [{id, kind, payload, lane?, key?, keyMode?, priority?,
// runAt?, maxAttempts?, flags?, group?, onChildFailure?, createdBy?}]}: `tasks` stands last, so that what stands before
// it is read without it.
// Answers {at, group, existing: [{index, task}]}: all that is not `existing` was added at `at` (in `group`, unless it
// named its own), so that a thousand rows need not travel back. Ids are the caller's: a task whose id is there already
// is passed over, as one that came twice.
const { accountForAdded } = require(`${__hooks}/taskqueue/account.js`);
const { logAdded } = require(`${__hooks}/taskqueue/change-log.js`);
const { compile, execute, inTransaction } = require(`${__hooks}/taskqueue/compiled.js`);
const { addTaken, findTaken } = require(`${__hooks}/taskqueue/add-keyed.js`);
const { ALL, TREE_FIELDS, rankOf, refuseUnstorable, refuseWrong, saidIn, valid, withTurns } = require(
  `${__hooks}/taskqueue/new-task.js`,
);
const { refusal } = require(`${__hooks}/taskqueue/refusal.js`);
const { bad, parse, rows, text, whole } = require(`${__hooks}/taskqueue/request.js`);
const { signal } = require(`${__hooks}/taskqueue/signal.js`);

const COLUMNS = `id, kind, lane, key, status, priority, run_at, due, behind, payload, max_attempts, flags, grp, turn, rank,
  on_child_failure, created_by, parent, created_at, updated_at`;

/** A task that is not valid gets no id, which the table refuses; what is wrong with it is looked up only then. */
const insertFrom = (fields, leavesOut) => `INSERT INTO tasks (${COLUMNS})
  SELECT iif(${valid(fields)}, id, NULL), kind, lane, key, 'pending', priority, run_at,
    {:behind} = 0 AND run_at <= {:now}, {:behind}, payload, max_attempts, flags, grp, turn,
    ${rankOf("turn", "priority", "run_at")}, on_child_failure, created_by,
    ${fields.includes("parent") ? "parent" : "{:parent}"}, {:now}, {:now}
  FROM (${withTurns(fields, leavesOut)}) WHERE true ON CONFLICT DO NOTHING`;

/** Putting one together takes this VM as long as SQLite needs to compile it: each is kept. */
const inserts = {};
const insertOf = (fields, leavesOut) => (inserts[`${fields} ${leavesOut}`] ??= compile(insertFrom(fields, leavesOut)));

const SAVE_GROUPS = `INSERT INTO task_groups (grp, next)
  SELECT grp, max(turn) + 1 FROM tasks WHERE rowid BETWEEN {:last} - {:added} + 1 AND {:last} AND grp <> '' GROUP BY grp
  ON CONFLICT DO UPDATE SET next = max(next, excluded.next)`;

const PARENT = `SELECT json_object('status', status, 'id', id, 'group', iif(grp = '', id, grp)) AS j FROM tasks
  WHERE id = {:id} AND lease = {:lease} AND lease_until > 0`;

/** Answers how many there were that were not there already. */
const insert = (tx, values, fields, leavesOut = false) => {
  let result;
  try {
    result = execute(tx, insertOf(fields, leavesOut), values);
  } catch (error) {
    refuseWrong(tx, values);
    throw error;
  }
  const added = result.rowsAffected();
  if (added === 0) return 0;
  const last = result.lastInsertId();
  accountForAdded(tx, { last, added, parent: values.parent, now: values.now });
  if (values.isLogged) logAdded(tx, { last, added, now: values.now });
  if (values.group !== "" || fields.includes("group")) tx.db().newQuery(SAVE_GROUPS).bind({ last, added }).execute();
  return added;
};

const NO_PARENT = { id: "", group: "" };

/**
 * `also`: fields that are read besides those that are named. Not `isLogged`: the log of changes is told later what becomes
 * of them. Children that are added as pending never are.
 */
const addTasks = (tx, { tasks, parent = NO_PARENT, now, isLogged = parent === NO_PARENT, also = [] }) => {
  refuseUnstorable(tasks);
  const values = { tasks, now, parent: parent.id, group: parent.group, behind: 0, isLogged };
  const fields = [...new Set([...saidIn(tasks), ...also])];
  const taken = fields.includes("key") ? findTaken(tx, values) : [];
  const aside = JSON.stringify(taken.map(({ at }) => at));
  const added = insert(tx, { ...values, aside }, fields, taken.length > 0);
  const existing = addTaken(tx, taken, values, (one) => insert(tx, { ...values, ...one }, fields));
  return { added: added + taken.length - existing.length, existing };
};

/**
 * Adds the tasks of a JSON list (the route's), in the transaction of the caller, who wakes the runners afterwards
 * (signal.js). `parent` is {id, group}. Answers what was there before, as JSON texts {index, task}. Throws the refusals
 * of the route.
 */
const insertTasks = (tx, request) => addTasks(tx, request).existing;

/** Only who holds the parent's lease may give it children. */
const readParent = (tx, fence) => {
  const [found] = rows(tx.db(), PARENT, fence);
  if (found === undefined) throw refusal(409, "LEASE_LOST", "The parent's lease is gone", { id: fence.id });
  const parent = JSON.parse(found);
  if (parent.status !== "cancelling") return parent;
  throw refusal(409, "CANCELLED", "The parent is being cancelled", { id: fence.id });
};

/** What stands before the tasks, and their list as it came: taking it apart here would cost more than the statement. */
const split = (body) => {
  const start = /"tasks"\s*:\s*\[/.exec(body);
  if (start === null) throw bad("The body must have a list of tasks, as its last field");
  const head = parse(`${body.slice(0, start.index)}"tasks":0}`);
  return { head, tasks: body.slice(start.index + start[0].length - 1, body.lastIndexOf("}")) };
};

const readFence = (parent) =>
  parent && { id: text(parent.taskId, "taskId"), lease: whole(parent.lease, "lease", 0, Number.MAX_SAFE_INTEGER) };

const run = (body) => {
  const { head, tasks } = split(body);
  const fence = readFence(head.parent ?? null);
  const now = Date.now();
  let parent = NO_PARENT;
  let result = { added: 0, existing: [] };
  try {
    result = inTransaction((tx) => {
      if (fence !== null) parent = readParent(tx, fence);
      return addTasks(tx, { tasks, parent, now });
    });
  } catch (error) {
    if (/malformed JSON/i.test(String(error))) throw bad("The tasks must be JSON objects, and the last field");
    throw error;
  }
  signal("work", result.added);
  return `{"at":${now},"group":${JSON.stringify(parent.group)},"existing":[${result.existing.join(",")}]}`;
};

module.exports = {
  roles: ["backend", "runner"],
  run,
  addTasks,
  insertTasks,
  split,
  statements: {
    INSERT: insertFrom(saidIn(""), false),
    INSERT_ALL: insertFrom(ALL, true),
    INSERT_TREE: insertFrom([...saidIn(""), ...TREE_FIELDS], false),
    SAVE_GROUPS,
    PARENT,
  },
};
