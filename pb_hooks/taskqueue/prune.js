// Retention: {done?, failed?, cancelled?: {maxAgeMs?, maxCount?}} -> {removed, more}. Ended tasks without a parent that are
// over either limit go with all below them, oldest first; not while something below lives. What goes is found among
// readers by its own index: when nothing is over a limit, no row is read and nothing is locked.
const { removeTrees, MOST_A_TRANSACTION } = require(`${__hooks}/taskqueue/remove-trees.js`);
const { bad, parse, rows, whole } = require(`${__hooks}/taskqueue/request.js`);

const STATUSES = ["done", "failed", "cancelled"];
const LATEST = 8.64e15;
const LAST_ROW = Number.MAX_SAFE_INTEGER;

const ROOTS = `tasks INDEXED BY tasks_ended WHERE status = {:status} AND finished_at > 0 AND parent = ''`;

/** Roots and children: when these are no more than the limit, the roots are not. */
const COUNT = "SELECT coalesce(sum(n), 0) AS j FROM task_counts WHERE status = {:status}";
/** The newest one beyond the limit. */
const BEYOND = `SELECT json_object('at', finished_at, 'place', rowid) AS j FROM ${ROOTS}
  ORDER BY finished_at DESC, rowid DESC LIMIT 1 OFFSET {:count}`;

const OVER = `SELECT json_object('id', id, 'children', child_total, 'at', finished_at, 'place', rowid) AS j FROM ${ROOTS}
    AND (finished_at, rowid) > ({:at}, {:place}) AND (finished_at, rowid) <= ({:lastAt}, {:lastPlace})
  ORDER BY finished_at, rowid LIMIT {:limit}`;

const LIVES = `WITH RECURSIVE tree (id, status) AS (
    SELECT {:id}, 'done'
    UNION ALL
    SELECT c.id, c.status FROM tree CROSS JOIN tasks c INDEXED BY tasks_parent WHERE c.parent = tree.id AND c.parent <> '')
  SELECT 1 AS j FROM tree WHERE status NOT IN ('done', 'failed', 'cancelled') LIMIT 1`;

/**
 * Looked at again before they go: who redrove one of them or of their children meanwhile keeps the whole tree. A walk of
 * all that is below would hold up every other write.
 */
const STILL_OVER = `SELECT t.id AS j FROM json_each({:ids}) i CROSS JOIN tasks t WHERE t.id = i.value
  AND t.status IN ('done', 'failed', 'cancelled') AND t.child_total = t.child_done + t.child_failed + t.child_cancelled`;

/** The newest root that has to go, as a place in the index; null for none. */
const boundOf = (db, status, { maxAgeMs, maxCount }, now) => {
  const byAge = maxAgeMs === null ? null : { at: now - maxAgeMs, place: LAST_ROW };
  if (maxCount === null || Number(rows(db, COUNT, { status })[0]) <= maxCount) return byAge;
  const [found] = rows(db, BEYOND, { status, count: maxCount });
  const byCount = found === undefined ? null : JSON.parse(found);
  return byAge === null || (byCount !== null && byCount.at > byAge.at) ? byCount : byAge;
};

/** Adds roots of this status that have to go to `found`, until they and what is below them are enough for one call. */
const collect = (db, status, bound, found) => {
  let last = { at: 0, place: 0 };
  let page;
  do {
    const values = { status, at: last.at, place: last.place, lastAt: bound.at, lastPlace: bound.place };
    page = rows(db, OVER, { ...values, limit: MOST_A_TRANSACTION + 1 }).map((row) => JSON.parse(row));
    for (const root of page) {
      if (found.size > MOST_A_TRANSACTION) return;
      last = root;
      if (root.children > 0 && rows(db, LIVES, { id: root.id }).length > 0) continue;
      found.ids.push(root.id);
      found.size += 1 + root.children;
    }
  } while (page.length > MOST_A_TRANSACTION);
};

const LEFT = "SELECT t.id AS j FROM json_each({:ids}) i CROSS JOIN tasks t WHERE t.id = i.value LIMIT 1";

const readLimit = (value, name, max) => (value === undefined || value === null ? null : whole(value, name, 0, max));

const readPolicy = (request) =>
  STATUSES.filter((status) => request[status] !== undefined).map((status) => {
    const limits = request[status];
    if (typeof limits !== "object" || limits === null) throw bad(`${status} must be an object`);
    return {
      status,
      maxAgeMs: readLimit(limits.maxAgeMs, `${status}.maxAgeMs`, LATEST),
      maxCount: readLimit(limits.maxCount, `${status}.maxCount`, Number.MAX_SAFE_INTEGER),
    };
  });

const run = (body) => {
  const now = Date.now();
  const db = $app.db();
  const found = { ids: [], size: 0 };
  for (const { status, ...limits } of readPolicy(parse(body))) {
    const bound = boundOf(db, status, limits, now);
    if (bound !== null && found.size <= MOST_A_TRANSACTION) collect(db, status, bound, found);
  }
  if (found.ids.length === 0) return '{"removed":0,"more":false}';
  let removed = 0;
  let left = [];
  $app.runInTransaction((tx) => {
    const over = rows(tx.db(), STILL_OVER, { ids: JSON.stringify(found.ids) });
    removed = removeTrees(tx, over, { ended: true, now });
    left = rows(tx.db(), LEFT, { ids: JSON.stringify(found.ids) });
  });
  return JSON.stringify({ removed, more: removed > 0 && left.length > 0 });
};

module.exports = { roles: ["backend"], run, statements: { COUNT, BEYOND, OVER, LIVES, STILL_OVER, LEFT } };
