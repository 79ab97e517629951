// Which tasks an operator means, {ids} or {filter}, as SQL: SELECT … FROM (parts), each part over an index that there is.
// It is read on the pool of readers, never under the write lock: what is then changed is looked at again by its id.
const { bad, rows, text, texts, whole } = require(`${__hooks}/taskqueue/request.js`);

const MOST_IDS = 1000;
const LATEST = 8.64e15;

const isWanted = (row) => `${row}.status IN (SELECT value FROM json_each({:statuses}))
    AND ({:kinds} = '' OR ${row}.kind IN (SELECT value FROM json_each({:kinds})))`;
const WANTED = isWanted("t");

/** By the kinds and statuses that there are, known from the counts. */
const byKind = (and) => {
  const pairs = `SELECT kind, status FROM task_counts n WHERE n > 0 AND ${isWanted("n")} AND ${and}`;
  return `(${pairs}) p CROSS JOIN tasks t INDEXED BY tasks_kind ON t.kind = p.kind AND t.status = p.status
    WHERE t.status <> 'running'`;
};

const PARTS = {
  ids: `(SELECT DISTINCT value AS wanted FROM json_each({:ids})) i CROSS JOIN tasks t WHERE t.id = i.wanted AND ${WANTED}`,
  children: `tasks t INDEXED BY tasks_parent WHERE t.parent = {:parent} AND t.parent <> '' AND ${WANTED}`,
  // Running tasks are in no index of kinds; they are few.
  running: `tasks t INDEXED BY tasks_lease WHERE t.lease_until > 0 AND t.status = 'running' AND ${WANTED}`,
  notRunning: byKind("status <> 'running'"),
  // What waits in a lane: the due ones by the index of claims, and of the others those kinds alone that have some.
  laneDue: `tasks t INDEXED BY tasks_claim WHERE t.status = 'pending' AND t.due = 1 AND t.lane = {:lane} AND ${WANTED}`,
  laneLater: `(SELECT DISTINCT kind FROM lane_backlog WHERE lane = {:lane} AND pending > due) b
    CROSS JOIN tasks t INDEXED BY tasks_kind ON t.kind = b.kind AND t.status = 'pending'
    WHERE t.status <> 'running' AND t.due = 0 AND ${WANTED}`,
  notPending: byKind("status NOT IN ('pending', 'running')"),
};

/** Looked at row by row, the ones that are asked for alone. */
const CONDITIONS = {
  lane: "t.lane = {:lane}",
  parent: "t.parent = {:parent}",
  group: "t.grp = {:group}",
  errorCode: "t.error->>'code' = {:errorCode}",
  addedBefore: "t.created_at < {:addedBefore}",
};

const partsOf = ({ ids, parent, lane }) => {
  if (ids !== undefined) return [PARTS.ids];
  if (parent) return [PARTS.children];
  if (lane !== undefined) return [PARTS.laneDue, PARTS.laneLater, PARTS.notPending, PARTS.running];
  return [PARTS.notRunning, PARTS.running];
};

/** `asked`: the names of the filter's fields, with `ids` among them when tasks are named. */
const statementOf = (what, asked, and = "true") => {
  const conditions = Object.keys(CONDITIONS).filter((name) => asked[name] !== undefined);
  const where = [...conditions.map((name) => CONDITIONS[name]), and].join(" AND ");
  return partsOf(asked)
    .map((part) => `SELECT ${what} FROM ${part} AND ${where}`)
    .join(" UNION ALL ");
};

const COUNT_BY_KIND = `SELECT coalesce(sum(n), 0) AS j FROM task_counts n WHERE n > 0 AND ${isWanted("n")}`;
const countOf = (asked, of) => {
  const isByKind = of === undefined && ["ids", ...Object.keys(CONDITIONS)].every((name) => asked[name] === undefined);
  return isByKind ? COUNT_BY_KIND : `SELECT count(*) AS j FROM (${statementOf("1", asked, of)})`;
};
const pickOf = (asked, and) => `SELECT id AS j FROM (${statementOf("t.id", asked, and)}) LIMIT {:limit}`;

const READERS = {
  lane: (value) => text(value, "filter.lane", 300),
  parent: (value) => (value === null ? "" : text(value, "filter.parent", 32)),
  group: (value) => text(value, "filter.group"),
  errorCode: (value) => text(value, "filter.errorCode", 64),
  addedBefore: (value) => whole(value, "filter.addedBefore", 0, LATEST),
};

const FIELDS = new Set(["status", "kinds", ...Object.keys(READERS)]);

const readFilter = (filter, statuses) => {
  // A field that is written wrong would mean more tasks than its author thinks.
  const unknown = Object.keys(filter).find((name) => !FIELDS.has(name));
  if (unknown !== undefined) throw bad(`filter has no ${unknown}`);
  const kinds = filter.kinds === undefined ? "" : JSON.stringify(texts(filter.kinds, "filter.kinds", 100));
  const asked = filter.status === undefined ? statuses : texts(filter.status, "filter.status", 8);
  const values = { kinds, statuses: JSON.stringify(statuses.filter((status) => asked.includes(status))) };
  for (const name of Object.keys(READERS)) {
    if (filter[name] !== undefined) values[name] = READERS[name](filter[name]);
  }
  return values;
};

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Of the tasks that are meant those in one of `statuses`, and of those the ones for which `of` holds: `count()` of them,
 * and `pick(limit, and)`, ids.
 */
const select = ({ ids, filter }, statuses, of) => {
  const asked = ids === undefined ? filter : { ids };
  if (!isObject(asked) || (ids !== undefined && filter !== undefined))
    throw bad("ids or a filter must say which tasks");
  const values =
    ids === undefined
      ? readFilter(filter, statuses)
      : { ids: JSON.stringify(texts(ids, "ids", MOST_IDS)), statuses: JSON.stringify(statuses), kinds: "" };
  return {
    statuses: JSON.parse(values.statuses),
    count: () => Number(rows($app.db(), countOf(asked, of), values)[0]),
    pick: (limit, and) => rows($app.db(), pickOf(asked, and), { ...values, limit }),
  };
};

module.exports = { select, countOf, pickOf };
