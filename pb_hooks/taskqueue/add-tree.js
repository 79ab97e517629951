// Adds a task and all below it in one transaction: {parents: [{id, thenRun?, keyed?}], tasks: [{…, parent?, family?}]}. The
// tasks stand breadth first, each after its parent: they are those of add.js, with the id of their parent and the group
// that is meant when they name none. `parents` are those with a list of children, be it empty; `keyed` when they have a
// key. Answers {at, existing: [{index, task}], parents: [task]}: what is neither existing nor below an existing parent
// was added; `parents` is empty while all of them wait for all of their children.
const { addTasks, split } = require(`${__hooks}/taskqueue/add.js`);
const { inTransaction } = require(`${__hooks}/taskqueue/compiled.js`);
const { TREE_FIELDS } = require(`${__hooks}/taskqueue/new-task.js`);
const { refusal } = require(`${__hooks}/taskqueue/refusal.js`);
const { bad, parse, rows } = require(`${__hooks}/taskqueue/request.js`);
const { resolveParents } = require(`${__hooks}/taskqueue/resolve-parents.js`);
const { signal } = require(`${__hooks}/taskqueue/signal.js`);
const { TASK } = require(`${__hooks}/taskqueue/task-row.js`);

/** As `MOST_IN_TREE` of packages/taskqueue/src/ports/queue.ts. */
const MOST = 10_000;

const LAST_PLACE = "SELECT coalesce(max(rowid), 0) AS j FROM tasks";

/** Those of this call alone: one that was there before is what it was. */
const WAIT = `UPDATE tasks SET status = 'waiting', with_children = 1, then_run = p.then_run, child_total = p.total,
    moves = moves + 1
  FROM (SELECT t.rowid AS place, coalesce(i.value->>'thenRun', 0) AS then_run,
      (SELECT count(*) FROM tasks c INDEXED BY tasks_children WHERE c.parent = t.id AND c.parent <> '') AS total
    FROM json_each({:parents}) i CROSS JOIN tasks t
    WHERE t.id = i.value->>'id' AND t.rowid > {:before} AND t.status = 'pending' LIMIT -1) p
  WHERE tasks.rowid = p.place`;

/** Children of none of the call's own parents, or before theirs. */
const STRAYS = `SELECT c.id AS j FROM tasks c NOT INDEXED WHERE c.rowid > {:before} AND c.parent <> ''
  AND NOT EXISTS (SELECT 1 FROM tasks u WHERE u.id = c.parent AND u.rowid < c.rowid AND u.rowid > {:before}
    AND u.with_children = 1) LIMIT 1`;

const SHOW = `SELECT ${TASK} AS j FROM tasks WHERE id IN (SELECT value->>'id' FROM json_each({:parents}))`;

/**
 * The tasks in as few lists as can be: a keyed parent may turn out to be there, and then what is below it is left out, so
 * its children stand in a later list. Only these trees are taken apart here.
 */
const addKeyedTree = (tx, { tasks, parents, now, also }) => {
  const keyed = new Set(parents.filter((parent) => parent.keyed).map(({ id }) => id));
  const [leftOut, existing] = [new Set(), []];
  let [list, places, undecided] = [[], [], new Set()];
  let added = 0;
  const addList = () => {
    const done = addTasks(tx, { tasks: JSON.stringify(list), now, isLogged: false, also });
    added += done.added;
    for (const text of done.existing) {
      const { index, task } = JSON.parse(text);
      if (undecided.has(list[index].id)) leftOut.add(list[index].id);
      existing.push(JSON.stringify({ index: places[index], task }));
    }
    [list, places, undecided] = [[], [], new Set()];
  };
  for (const [place, task] of parse(`{"tasks":${tasks}}`).tasks.entries()) {
    if (undecided.has(task.parent)) addList();
    if (leftOut.has(task.parent)) {
      leftOut.add(task.id);
      continue;
    }
    if (keyed.has(task.id)) {
      if (task.keyMode !== "keep_first")
        throw refusal(400, "KEY_MODE_INVALID", "GWBKM: a parent's key needs keep_first", { index: place });
      undecided.add(task.id);
    }
    list.push(task);
    places.push(place);
  }
  addList();
  return { added, existing };
};

const addTree = (tx, { tasks, parents, now }) => {
  const before = Number(rows(tx.db(), LAST_PLACE, {})[0]);
  // What waits is told by a trigger, and children that are added are not told.
  const request = { tasks, parents, now, isLogged: parents.length === 0, also: TREE_FIELDS };
  const { added, existing } = (parents.some(({ keyed }) => keyed) ? addKeyedTree : addTasks)(tx, request);
  if (added > MOST) throw bad(`A tree has at most ${MOST} tasks`);
  const values = { before, parents: JSON.stringify(parents) };
  tx.db().newQuery(WAIT).bind(values).execute();
  if (rows(tx.db(), STRAYS, values).length > 0)
    throw bad("A child must stand after its parent, and that among parents");
  const ids = parents.map(({ id }) => id);
  const isAnyOver = resolveParents(tx, ids, now).length > 0;
  return { added, existing, parents: isAnyOver ? rows(tx.db(), SHOW, values) : [] };
};

const run = (body) => {
  const { head, tasks } = split(body);
  const { parents } = head;
  if (!Array.isArray(parents) || parents.some((parent) => typeof parent?.id !== "string"))
    throw bad("parents must be a list of {id, thenRun?, keyed?}");
  const now = Date.now();
  const done = inTransaction((tx) => addTree(tx, { tasks, parents, now }));
  signal("work", done.added);
  return `{"at":${now},"existing":[${done.existing.join(",")}],"parents":[${done.parents.join(",")}]}`;
};

module.exports = { roles: ["backend", "runner"], run, statements: { LAST_PLACE, WAIT, STRAYS, SHOW } };
