// Tries again what failed by itself below a task (with `cancelled`: and what was cancelled): those are pending, the ended
// parents between wait again, and so do the task itself and those above that ended because of it. What is done stays
// done. The tree is read and judged in the transaction that changes it, and at most a thousand tasks go in one: what is
// over before the next is judged anew with the rest.
const { isKeyFree, isJudgedAnew, statements } = require(`${__hooks}/taskqueue/operator-updates.js`);
const { rows } = require(`${__hooks}/taskqueue/request.js`);
const { resolveParents } = require(`${__hooks}/taskqueue/resolve-parents.js`);

const AT_ONCE = 1000;
const TERMINAL = "('done', 'failed', 'cancelled')";

/** Ended by what became of its children, and by nothing of its own. */
const isByChildren = (task) =>
  `iif(${task}.status = 'cancelled', ${task}.cancel_requested_at = 0, ${task}.error->>'code' IS 'CHILDREN_FAILED')`;

const isTaken = (task) => `(${task}.status IN ${TERMINAL} AND NOT ${isKeyFree(task)})`;

/** Failed, or was cancelled where that is meant too, by itself. */
const isToTryAlone = (task) => `((${task}.status = 'failed' OR ({:cancelled} AND ${task}.status = 'cancelled'))
    AND NOT ${isByChildren(task)} AND (${task}.with_children = 0 OR ${task}.continuation = 1) AND ${isKeyFree(task)})`;

/**
 * All that can matter, as one text: all parents, and of those without children the first thousand that can be tried
 * again: taking ten thousand apart here would hold up every other write for far longer than changing a thousand does.
 * Below a task that is being cancelled nothing is tried again, nor below one whose key is taken.
 */
const TREE = `WITH RECURSIVE tree (id, place) AS (
    SELECT id, rowid FROM tasks WHERE id = {:id}
    UNION ALL
    SELECT c.id, c.rowid FROM tree CROSS JOIN tasks p ON p.rowid = tree.place
      CROSS JOIN tasks c INDEXED BY tasks_children ON c.parent = p.id
    WHERE p.child_total > 0 AND p.status <> 'cancelling' AND NOT ${isTaken("p")} AND c.parent <> '')
  SELECT json_group_array(json_object('id', id, 'parent', parent, 'status', status, 'key', key, 'isTaken', is_taken,
    'isByChildren', by_children, 'withChildren', with_children, 'continuation', continuation, 'isLeaf', is_leaf)
    ORDER BY place) AS j
  FROM (SELECT t.rowid AS place, t.id, t.parent, t.status, t.key, ${isTaken("t")} AS is_taken, ${isByChildren("t")} AS by_children,
      t.with_children, t.continuation, t.child_total = 0 AS is_leaf,
      row_number() OVER (PARTITION BY t.child_total = 0 ORDER BY t.rowid) AS nth
    FROM tree CROSS JOIN tasks t ON t.rowid = tree.place WHERE t.child_total > 0 OR ${isToTryAlone("t")})
  WHERE NOT is_leaf OR nth <= ${AT_ONCE}`;

const ABOVE = `SELECT json_object('id', t.id, 'parent', t.parent) AS j FROM tasks t WHERE t.id = {:id}
  AND t.status IN ${TERMINAL} AND ${isKeyFree("t")} AND ${isByChildren("t")}`;

/**
 * Whether there may be something to try again below `t`: a key that is taken is seen only later. It walks all that is
 * below, among readers.
 */
const hasToTry = (cancelled) => `(t.child_total > 0 AND EXISTS (
    WITH RECURSIVE below (id) AS (
      SELECT c.id FROM tasks c INDEXED BY tasks_children WHERE c.parent = t.id AND c.parent <> ''
      UNION ALL
      SELECT c.id FROM below CROSS JOIN tasks c INDEXED BY tasks_children WHERE c.parent = below.id AND c.parent <> '')
    SELECT 1 FROM below CROSS JOIN tasks c ON c.id = below.id
    WHERE (c.status = 'failed' AND c.error->>'code' IS NOT 'CHILDREN_FAILED')
      OR (${cancelled} AND c.status = 'cancelled' AND c.cancel_requested_at > 0)))`;

const END = new Set(["done", "failed", "cancelled"]);

/** Nothing is left for its handler but what comes after its children. */
const isOwnPartDone = (node) =>
  node.status === "done" || node.withChildren === 1 || node.continuation === 1 || node.isByChildren === 1;

const childrenByParent = (nodes) => {
  const children = new Map();
  for (const node of nodes) {
    const siblings = children.get(node.parent);
    if (siblings) siblings.push(node);
    else children.set(node.parent, [node]);
  }
  return children;
};

/** What becomes of whom: {again, reopened}, lists of ids; null when nothing is tried again, or the root's key is taken. */
const planOf = (nodes, rootId, cancelled) => {
  const children = childrenByParent(nodes);
  const plan = { again: [], reopened: [] };
  const keys = new Set();
  const isToTry = (node) =>
    node.id !== rootId &&
    !node.isByChildren &&
    (node.status === "failed" || (cancelled && node.status === "cancelled")) &&
    (node.withChildren === 0 || node.continuation === 1) &&
    plan.again.length < AT_ONCE;
  /** Every child is looked at: no stop at the first. */
  const visitBelow = (node) => (children.get(node.id) ?? []).filter(visit).length > 0;
  /** Whether anything is tried again here or below; parents first, so that of two with one key the upper has it. */
  const visit = (node) => {
    if (!END.has(node.status)) return visitBelow(node);
    if (node.isTaken || (node.key !== "" && keys.has(node.key))) return false;
    keys.add(node.key);
    const isAbove = visitBelow(node);
    const isTried = isAbove || isToTry(node);
    if (isAbove && isOwnPartDone(node)) plan.reopened.push(node.id);
    else if (isTried) plan.again.push(node.id);
    else keys.delete(node.key);
    return isTried;
  };
  const root = nodes.find(({ id }) => id === rootId);
  return root !== undefined && visit(root) ? plan : null;
};

/** Those above that ended because of what is below them, upwards. */
const endedAbove = (tx, id) => {
  const above = [];
  for (let next = id; next !== "";) {
    const [found] = rows(tx.db(), ABOVE, { id: next });
    if (found === undefined) break;
    const { id: ended, parent } = JSON.parse(found);
    above.push(ended);
    next = parent;
  }
  return above;
};

const JUDGED_ANEW = `SELECT t.id AS j FROM tasks t WHERE t.id = {:id} AND t.status IN ('failed', 'cancelled')
  AND ${isJudgedAnew("t")} AND ${isKeyFree("t")}`;

const PARENT = "SELECT parent AS j FROM tasks WHERE id = {:id}";

const apply = (tx, id, { again, reopened }, now) => {
  const [parent] = rows(tx.db(), PARENT, { id });
  const waiting = [...reopened, ...endedAbove(tx, parent)];
  const run = (statement, ids) =>
    tx
      .db()
      .newQuery(statement)
      .bind({ ids: JSON.stringify(ids), now })
      .all(arrayOf(new DynamicModel({ j: "", up: "" })));
  run(statements.REOPEN, waiting);
  run(statements.REDRIVE, again);
  tx.db()
    .newQuery(statements.TAKE_TURNS)
    .bind({ ids: JSON.stringify(again) })
    .execute();
  resolveParents(tx, waiting, now);
};

const NOTHING = { isChanged: false, tried: 0, more: false };

/** `anew`: it waits again, and is judged, where nothing below is to be tried again, but nothing is against it any more. */
const judge = (tx, id, { now, anew }) => {
  if (!anew || rows(tx.db(), JUDGED_ANEW, { id }).length === 0) return NOTHING;
  apply(tx, id, { again: [], reopened: [id] }, now);
  return { ...NOTHING, isChanged: true };
};

/** In the transaction `tx`: up to a thousand tasks. Answers how many are tried again. */
const retrySome = (tx, id, { cancelled, now, anew }) => {
  const nodes = JSON.parse(rows(tx.db(), TREE, { id, cancelled })[0]);
  const plan = planOf(nodes, id, cancelled);
  if (plan === null) return judge(tx, id, { now, anew });
  apply(tx, id, plan, now);
  const tried = plan.again.length;
  // Of those that came some may be passed over, for two of them have one key.
  const more = tried >= AT_ONCE || nodes.filter(({ isLeaf }) => isLeaf).length >= AT_ONCE;
  return { isChanged: true, tried, more };
};

module.exports = {
  retrySome,
  hasToTry,
  statements: { TREE, ABOVE, JUDGED_ANEW, PARENT },
};
