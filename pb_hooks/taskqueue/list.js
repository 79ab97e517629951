// {status?, kinds?, parent?: id | null, order?: "added" | "started", limit, cursor?} -> {tasks, nextCursor}, newest first.
// Keyset paging. Each (kind, status) that has tasks (known from task_counts) gives its own newest ones from its index,
// and they are merged: every filter costs the page, not the table.
const { bad, parse, text, texts, whole } = require(`${__hooks}/taskqueue/request.js`);
const { TASK } = require(`${__hooks}/taskqueue/task-row.js`);

const PAIRS = `SELECT kind, status FROM task_counts WHERE n > 0
  AND ({:kinds} = '' OR kind IN (SELECT value FROM json_each({:kinds})))
  AND ({:statuses} = '' OR status IN (SELECT value FROM json_each({:statuses})))`;

const page = (from, order) =>
  `SELECT ${TASK} AS j, started_at || '.' || place AS at FROM (${from} ORDER BY ${order} LIMIT {:limit})`;

const EVERYTHING = page("SELECT rowid AS place, * FROM tasks WHERE rowid < {:before}", "rowid DESC");

const merged = (index, and) =>
  page(
    `SELECT t.rowid AS place, t.* FROM (${PAIRS}) p CROSS JOIN tasks t WHERE t.rowid IN (
      SELECT rowid FROM tasks INDEXED BY ${index} WHERE ${and} kind = p.kind AND status = p.status
        AND rowid < {:before} ORDER BY rowid DESC LIMIT {:limit})`,
    "t.rowid DESC",
  );

const BY_KIND = merged("tasks_kind", "");
const BY_PARENT = merged("tasks_parent", "parent = {:parent} AND");

/** Never started ones come last. Statuses and a parent are looked at row by row here. */
const BY_START = page(
  `SELECT t.rowid AS place, t.* FROM (SELECT DISTINCT kind FROM (${PAIRS})) p CROSS JOIN tasks t WHERE t.rowid IN (
    SELECT rowid FROM tasks INDEXED BY tasks_started WHERE kind = p.kind
      AND (started_at, rowid) < ({:started}, {:before})
      AND ({:statuses} = '' OR status IN (SELECT value FROM json_each({:statuses})))
      AND ({:anyParent} OR parent = {:parent})
    ORDER BY started_at DESC, rowid DESC LIMIT {:limit})`,
  "t.started_at DESC, t.rowid DESC",
);

const LAST = Number.MAX_SAFE_INTEGER;

const readCursor = (cursor) => {
  if (cursor === undefined || cursor === null) return { started: LAST, before: LAST };
  const found = /^(\d{1,16})\.(\d{1,16})$/.exec(text(cursor, "cursor", 64));
  if (!found) throw bad("cursor is not one of ours");
  return { started: Number(found[1]), before: Number(found[2]) };
};

const choose = ({ order, parent, kinds, status }) => {
  if (order === "started") return BY_START;
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
  const tasks = select(choose(filter), {
    ...readCursor(filter.cursor),
    kinds: asText(filter.kinds, "kinds"),
    statuses: asText(filter.status, "status"),
    anyParent: parent === undefined,
    parent: parent ? text(parent, "parent", 32) : "",
    limit: limit + 1,
  });
  const more = tasks.length > limit;
  if (more) tasks.pop();
  const nextCursor = more ? tasks.at(-1).at : null;
  return `{"tasks":[${tasks.map((task) => task.text).join(",")}],"nextCursor":${JSON.stringify(nextCursor)}}`;
};

module.exports = { roles: ["backend"], run, statements: { EVERYTHING, BY_KIND, BY_PARENT, BY_START } };
