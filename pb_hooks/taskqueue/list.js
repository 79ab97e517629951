// {status?, kinds?, parent?: id | null, createdBy?, order?: "added" | "started", limit, cursor?} -> {tasks, nextCursor},
// newest first.
// Keyset paging. Each (kind, status) that has tasks (known from task_counts) gives its own newest ones from an index, and
// they are merged: every filter costs the page, not the table. Running tasks are few and found by their leases, so that
// no list costs a claim an index.
const { bad, parse, text, texts, whole } = require(`${__hooks}/taskqueue/request.js`);
const { TASK } = require(`${__hooks}/taskqueue/task-row.js`);

/** So many rows are read to find those of them that have no parent, rather than all without a parent. */
const FEW = 5000;

const WANTED = `({:kinds} = '' OR kind IN (SELECT value FROM json_each({:kinds})))
  AND ({:statuses} = '' OR status IN (SELECT value FROM json_each({:statuses})))`;
const PAIRS = `SELECT kind, status, n FROM task_counts WHERE n > 0 AND ${WANTED}`;

/** The newest tasks of an index, for each row of `pairs`. */
const newest = (pairs, index, where, order = "rowid DESC") => `SELECT c.rowid FROM (${pairs}) p CROSS JOIN tasks c
    WHERE c.rowid IN (SELECT rowid FROM tasks INDEXED BY ${index} WHERE ${where} ORDER BY ${order} LIMIT {:limit})`;

const BEFORE = "rowid < {:before}";
const RUNNING = `SELECT rowid FROM tasks INDEXED BY tasks_lease
    WHERE lease_until > 0 AND +status = 'running' AND ${BEFORE} AND ${WANTED}`;
const ENDED_OR_WAITING = "kind = p.kind AND status = p.status AND status <> 'running'";

const page = (places, order = "rowid DESC") => `SELECT ${TASK} AS j, started_at || '.' || rowid AS at
  FROM tasks WHERE ${places} ORDER BY ${order} LIMIT {:limit}`;
const merged = (places, order) => page(`rowid IN (${places.join(" UNION ")})`, order);

const EVERYTHING = page(BEFORE);

const BY_KIND = merged([newest(PAIRS, "tasks_kind", `${ENDED_OR_WAITING} AND ${BEFORE}`), RUNNING]);

const BY_PARENT = merged([
  newest(
    PAIRS,
    "tasks_parent",
    `parent = {:parent} AND parent <> '' AND kind = p.kind AND status = p.status AND ${BEFORE}`,
  ),
]);

const ROOTS = merged([
  newest(`SELECT DISTINCT kind FROM (${PAIRS})`, "tasks_roots", `kind = p.kind AND parent = '' AND ${BEFORE}`),
]);

/** Of kinds with many such tasks some soon turn up among those without a parent; of the others all are looked at. */
const ROOTS_BY_STATUS = merged([
  newest(
    `SELECT DISTINCT kind FROM (${PAIRS}) WHERE n > ${FEW}`,
    "tasks_roots",
    `kind = p.kind AND parent = '' AND ${BEFORE} AND ${WANTED}`,
  ),
  newest(
    `SELECT kind, status FROM (SELECT *, max(n) OVER (PARTITION BY kind) AS most FROM (${PAIRS})) WHERE most <= ${FEW}`,
    "tasks_kind",
    `${ENDED_OR_WAITING} AND ${BEFORE} AND +parent = ''`,
  ),
  `${RUNNING} AND parent = ''`,
]);

const IS_THEIRS = "parent = '' AND created_by IN (SELECT value FROM json_each({:createdBy}))";
/** The roots of each, newest first, as far as there are kinds and statuses of which there are many. */
const THEIRS = `SELECT c.rowid FROM json_each({:createdBy}) p CROSS JOIN tasks c
    WHERE EXISTS (SELECT 1 FROM (${PAIRS}) WHERE n > {:few}) AND c.rowid IN (SELECT rowid FROM tasks INDEXED BY tasks_created_by WHERE created_by = p.value AND created_by <> ''
      AND parent = '' AND ${BEFORE} AND (kind, status) IN (SELECT kind, status FROM (${PAIRS}) WHERE n > {:few})
      ORDER BY rowid DESC LIMIT {:limit})`;

const BY_CREATOR = merged([THEIRS]);

/** Of statuses in which there are few tasks, whoever's, those are looked at, and not all that they ever asked for. */
const BY_CREATOR_AND_STATUS = merged([
  THEIRS,
  newest(
    `SELECT kind, status FROM (${PAIRS}) WHERE n <= {:few}`,
    "tasks_kind",
    `${ENDED_OR_WAITING} AND ${BEFORE} AND +parent = '' AND created_by IN (SELECT value FROM json_each({:createdBy}))`,
  ),
  `${RUNNING} AND ${IS_THEIRS}`,
]);

/** Never started ones come last. Statuses, a parent and who asked are looked at row by row here. */
const FITS = `({:statuses} = '' OR status IN (SELECT value FROM json_each({:statuses})))
  AND ({:anyParent} OR parent = {:parent}) AND ({:createdBy} = '' OR (${IS_THEIRS}))`;
const BY_START = merged(
  [
    newest(
      `SELECT DISTINCT kind FROM (${PAIRS})`,
      "tasks_started",
      `kind = p.kind AND started_at > 0 AND (started_at, rowid) < ({:started}, {:before}) AND ${FITS}`,
      "started_at DESC, rowid DESC",
    ),
    newest(
      `SELECT * FROM (${PAIRS}) WHERE status IN ('pending', 'paused', 'cancelled')`,
      "tasks_kind",
      `${ENDED_OR_WAITING} AND +started_at = 0 AND ({:started} > 0 OR ${BEFORE}) AND ${FITS}`,
    ),
  ],
  "started_at DESC, rowid DESC",
);

const MOST_CREATORS = 20;
const LAST = Number.MAX_SAFE_INTEGER;

const readCursor = (cursor) => {
  if (cursor === undefined || cursor === null) return { started: LAST, before: LAST };
  const found = /^(\d{1,16})\.(\d{1,16})$/.exec(text(cursor, "cursor", 64));
  if (!found) throw bad("cursor is not one of ours");
  return { started: Number(found[1]), before: Number(found[2]) };
};

const choose = ({ order, parent, kinds, status, createdBy }) => {
  if (order === "started") return BY_START;
  if (createdBy) return status ? BY_CREATOR_AND_STATUS : BY_CREATOR;
  if (parent === null) return status ? ROOTS_BY_STATUS : ROOTS;
  if (parent !== undefined) return BY_PARENT;
  return kinds || status ? BY_KIND : EVERYTHING;
};

const select = (statement, values) => {
  const found = arrayOf(new DynamicModel({ j: "", at: "" }));
  $app.db().newQuery(statement).bind(values).all(found);
  const tasks = [];
  for (const row of found) tasks.push({ text: row.j, at: row.at });
  return tasks;
};

const run = (body) => {
  const filter = parse(body);
  const limit = whole(filter.limit, "limit", 1, 1000);
  const asText = (value, name) => (value ? JSON.stringify(texts(value, name, 100)) : "");
  const { parent } = filter;
  if (filter.createdBy && parent) return '{"tasks":[],"nextCursor":null}';
  const tasks = select(choose(filter), {
    ...readCursor(filter.cursor),
    kinds: asText(filter.kinds, "kinds"),
    statuses: asText(filter.status, "status"),
    anyParent: parent === undefined,
    parent: parent ? text(parent, "parent", 32) : "",
    createdBy: filter.createdBy ? JSON.stringify(texts(filter.createdBy, "createdBy", MOST_CREATORS, 160)) : "",
    few: filter.status ? FEW : 0,
    limit: limit + 1,
  });
  const more = tasks.length > limit;
  if (more) tasks.pop();
  const nextCursor = more ? tasks.at(-1).at : null;
  return `{"tasks":[${tasks.map((task) => task.text).join(",")}],"nextCursor":${JSON.stringify(nextCursor)}}`;
};

module.exports = {
  roles: ["backend"],
  run,
  statements: { EVERYTHING, BY_KIND, BY_PARENT, ROOTS, ROOTS_BY_STATUS, BY_CREATOR, BY_CREATOR_AND_STATUS, BY_START },
};
