// What an operator does to tasks: {action: {type, …}, ids | filter, preview?} -> {matched, changed, tasks}. Which tasks is
// found among readers; the change, a short transaction, looks at each again (operator-updates.js), so what happened in
// between is respected. Statuses as in packages/domain/src/states.ts.
const { cancelTrees } = require(`${__hooks}/taskqueue/cancel-trees.js`);
const { isForChildren, isJudgedAnew, isKeyFree, statements } = require(`${__hooks}/taskqueue/operator-updates.js`);
const { redriveAll, retryAll } = require(`${__hooks}/taskqueue/redrive.js`);
const { ABOVE_HELD, removeTrees } = require(`${__hooks}/taskqueue/remove-trees.js`);
const { bad, parse, rows, text, whole } = require(`${__hooks}/taskqueue/request.js`);
const { resolveParents } = require(`${__hooks}/taskqueue/resolve-parents.js`);
const { hasToTry } = require(`${__hooks}/taskqueue/retry-children.js`);
const { countOf, pickOf, select } = require(`${__hooks}/taskqueue/selection.js`);
const { signal } = require(`${__hooks}/taskqueue/signal.js`);
const { statements: logging } = require(`${__hooks}/taskqueue/task-log.js`);
const { TASK } = require(`${__hooks}/taskqueue/task-row.js`);

const MOST = 1000;
const MOST_SHOWN = 100;
const LARGEST_RESULT = 1048576;
/** A removal goes on as long as this, transaction after transaction; the rest is the next call's. */
const REMOVE_FOR_MS = 10_000;

const ENDED = ["failed", "cancelled"];
const REVIVABLE = `(t.status NOT IN ('failed', 'cancelled')
  OR (${isKeyFree("t")} AND (NOT ${isForChildren("t")} OR ${isJudgedAnew("t")} OR ${hasToTry(true)})))`;
const retriable = ({ cancelled }) => `(${isKeyFree("t")} OR t.status = 'waiting') AND ${hasToTry(cancelled)}`;
const REMOVABLE = `t.id NOT IN (${ABOVE_HELD})`;

const LOG_FAILURE = `INSERT INTO task_log (task, at, level, attempt, lease, runner, code, message, stack)
  SELECT id, {:now}, 'error', attempts, lease, runner, error->>'code', error->>'message', '' FROM tasks
  WHERE id IN (SELECT value FROM json_each({:ids}))`;
const THERE = "SELECT t.id AS j FROM json_each({:ids}) i CROSS JOIN tasks t WHERE t.id = i.value";
const REMOVABLE_NOW = `${THERE} AND t.status IN ('pending', 'paused', 'done', 'failed', 'cancelled')
  AND t.id NOT IN (${ABOVE_HELD})`;
const SHOW = `SELECT ${TASK} AS j FROM tasks WHERE id IN (SELECT value FROM json_each({:ids}))`;

const show = (db, ids) => rows(db, SHOW, { ids: JSON.stringify(ids.slice(0, MOST_SHOWN)) });

/** Runs one of the statements above and resolves the parents of what ended. Answers the ids of what changed. */
const change = (tx, statement, values) => {
  const found = arrayOf(new DynamicModel({ j: "", up: "" }));
  tx.db().newQuery(statement).bind(values).all(found);
  const ids = [];
  const parents = [];
  for (const row of found) {
    ids.push(row.j);
    if (row.up) parents.push(row.up);
  }
  resolveParents(tx, parents, values.now);
  return ids;
};
const by = (statement) => (tx, values) => change(tx, statement, values);

const fail = (tx, values) => {
  const ids = change(tx, statements.FAIL, values);
  const logged = tx
    .db()
    .newQuery(LOG_FAILURE)
    .bind({ ids: JSON.stringify(ids), now: values.now })
    .execute();
  tx.db()
    .newQuery(logging.TRIM)
    .bind({ last: logged.lastInsertId() - ids.length })
    .execute();
  return ids;
};

const inTransaction = (run, values) => {
  let ids = [];
  let tasks = [];
  $app.runInTransaction((tx) => {
    ids = run(tx, values);
    tasks = show(tx.db(), ids);
  });
  return { changed: ids.length, tasks };
};

/** How many rows went in one transaction. Looked at anew each time: meanwhile someone may hold what is left. */
const removeSome = (ids) => {
  let removed = 0;
  $app.runInTransaction((tx) => {
    const still = rows(tx.db(), REMOVABLE_NOW, { ids: JSON.stringify(ids) });
    removed = removeTrees(tx, still, { ended: false, now: Date.now() });
  });
  return removed;
};

/** Whole trees, a thousand rows a transaction; answered as they were. */
const remove = (ids) => {
  const until = Date.now() + REMOVE_FOR_MS;
  const before = show($app.db(), ids);
  while (removeSome(ids) > 0 && Date.now() < until);
  const there = new Set(rows($app.db(), THERE, { ids: JSON.stringify(ids) }));
  const gone = before.filter((task) => !there.has(JSON.parse(task).id));
  return { changed: ids.length - there.size, tasks: gone };
};

const shown = (changed) => ({ changed: changed.length, tasks: show($app.db(), changed) });

const cancel = (ids, from) => {
  const all = new Set(cancelTrees(ids, from));
  return shown(ids.filter((id) => all.has(id)));
};

const redrive = (ids) => shown(redriveAll(ids, Date.now()));
const reschedule = (ids, from, values) =>
  shown(
    redriveAll(ids, values.now, (tx, some) => change(tx, statements.ADJUST, { ...values, ids: JSON.stringify(some) })),
  );
const retry = (ids, from, { now, asked }) => shown(retryAll(ids, now, asked.cancelled));

/**
 * `from`, `of`: the statuses, and which in them, it is for. `and`: what is passed over is not picked, so that it cannot
 * hide the others.
 */
const ACTIONS = {
  complete: { from: ["pending", "paused", ...ENDED], run: by(statements.COMPLETE) },
  fail: { from: ["pending", "paused"], run: fail },
  reschedule: { from: ["pending", "paused", ...ENDED], and: REVIVABLE, byTree: reschedule },
  redrive: { from: ENDED, and: REVIVABLE, byTree: redrive },
  retry_children: { from: ["waiting", "done", ...ENDED], of: "t.child_total > 0", and: retriable, byTree: retry },
  hold: { from: ["pending"], run: by(statements.HOLD) },
  resume: { from: ["paused"], run: by(statements.RESUME) },
  cancel: { from: ["pending", "running", "waiting", "paused"], byTree: cancel },
  remove: { from: ["pending", "paused", "done", ...ENDED], and: REMOVABLE, byTree: remove },
};

const optional = (value, name, min, max) => (value === undefined ? undefined : whole(value, name, min, max));

const READERS = {
  complete: ({ result }) => {
    if (result === undefined) return {};
    if (typeof result !== "object" || result === null || Array.isArray(result)) throw bad("result must be an object");
    if (JSON.stringify(result).length > LARGEST_RESULT) throw bad("result is larger than 1 MiB");
    return { result };
  },
  fail: ({ reason }) => ({ reason: text(reason, "reason", 2000) }),
  retry_children: ({ cancelled = false }) => {
    if (typeof cancelled !== "boolean") throw bad("cancelled must be true or false");
    return { cancelled };
  },
  reschedule: ({ runAt, priority, attempts, maxAttempts }) => ({
    runAt: optional(runAt, "runAt", 0, 8.64e15),
    priority: optional(priority, "priority", -1_000_000, 1_000_000),
    attempts: optional(attempts, "attempts", 0, 1000),
    maxAttempts: optional(maxAttempts, "maxAttempts", 1, 1000),
  }),
};

const run = (body) => {
  const { action = {}, preview = false, ...on } = parse(body);
  const known = Object.hasOwn(ACTIONS, action?.type ?? "") ? ACTIONS[action.type] : null;
  if (known === null) throw bad(`action.type must be one of ${Object.keys(ACTIONS).join(", ")}`);
  const asked = READERS[action.type]?.(action) ?? {};
  const selection = select(on, known.from, known.of);
  const matched = selection.count();
  const and = typeof known.and === "function" ? known.and(asked) : known.and;
  const ids = preview || matched === 0 ? [] : selection.pick(MOST, and);
  if (ids.length === 0) return `{"matched":${matched},"changed":0,"tasks":[]}`;
  const values = { ids: JSON.stringify(ids), now: Date.now(), action: JSON.stringify(asked) };
  const { changed, tasks } = known.byTree
    ? known.byTree(ids, selection.statuses, { ...values, asked })
    : inTransaction(known.run, values);
  signal("work");
  return `{"matched":${matched},"changed":${changed},"tasks":[${tasks.join(",")}]}`;
};

/** For the test of query plans: every way to find tasks. */
const FILTERS = {
  ids: { ids: [] },
  everything: {},
  lane: { lane: "" },
  children: { parent: "x" },
  roots: { parent: null },
  errorCode: { errorCode: "" },
};
const forFilters = (what, make) =>
  Object.fromEntries(Object.entries(FILTERS).map(([name, asked]) => [`${what} ${name}`, make(asked)]));

module.exports = {
  roles: ["backend"],
  run,
  statements: {
    ...statements,
    LOG_FAILURE,
    SHOW,
    THERE,
    REMOVABLE_NOW,
    ...forFilters("count", countOf),
    ...forFilters("redrive", (asked) => pickOf(asked, REVIVABLE)),
    ...forFilters("retry", (asked) => pickOf(asked, retriable({ cancelled: true }))),
    ...forFilters("remove", (asked) => pickOf(asked, REMOVABLE)),
  },
};
