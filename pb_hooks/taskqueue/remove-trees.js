// Deletes tasks with all below them, from the leaves up, at most so many rows a transaction: deleting a hundred thousand
// rows at once held up every claim for a second. Between two transactions what is left is a smaller tree, no less whole.
const { resolveParents } = require(`${__hooks}/taskqueue/resolve-parents.js`);

const MOST_A_TRANSACTION = 1000;
/** A chain has one leaf, and each time all of it is walked for that: a longer one goes in several transactions. */
const STOREYS_A_TRANSACTION = 100;

/** All ancestors of tasks that somebody holds; few, since what is held is few. */
const ABOVE_HELD = `WITH RECURSIVE above (id) AS (
    SELECT parent FROM tasks INDEXED BY tasks_lease WHERE lease_until > 0 AND parent <> ''
    UNION SELECT u.parent FROM above CROSS JOIN tasks u WHERE u.id = above.id AND u.parent <> '')
  SELECT id FROM above`;

/** Depth first, so that the first leaves are found without walking all of a large tree. */
const REMOVE_LEAVES = `DELETE FROM tasks WHERE rowid IN (
    WITH RECURSIVE tree (id, place, depth) AS (
      SELECT t.id, t.rowid, 0 FROM json_each({:ids}) i CROSS JOIN tasks t WHERE t.id = i.value
      UNION ALL
      SELECT c.id, c.rowid, tree.depth + 1 FROM tree CROSS JOIN tasks c INDEXED BY tasks_parent
        WHERE c.parent = tree.id AND c.parent <> '' ORDER BY 3 DESC)
    SELECT place FROM tree
      WHERE NOT EXISTS (SELECT 1 FROM tasks l INDEXED BY tasks_parent WHERE l.parent = tree.id AND l.parent <> '')
      LIMIT {:room})
  AND +lease_until = 0 AND (NOT {:ended} OR +status IN ('done', 'failed', 'cancelled'))
  RETURNING parent AS up`;

/**
 * Removes up to a thousand rows of these trees; `ended`: none that is live by now. Answers how many rows went: 0 when
 * nothing is left that may go.
 */
const removeTrees = (tx, ids, { ended, now }) => {
  const parents = new Set();
  let removed = 0;
  let storeys = 0;
  let found;
  do {
    found = arrayOf(new DynamicModel({ up: "" }));
    const room = MOST_A_TRANSACTION - removed;
    tx.db()
      .newQuery(REMOVE_LEAVES)
      .bind({ ids: JSON.stringify(ids), ended, room })
      .all(found);
    for (const row of found) if (row.up) parents.add(row.up);
    removed += found.length;
    storeys += 1;
  } while (found.length > 0 && removed < MOST_A_TRANSACTION && storeys < STOREYS_A_TRANSACTION);
  // What is gone is not found; a parent that stays and waited for these may end now.
  resolveParents(tx, [...parents], now);
  return removed;
};

module.exports = { removeTrees, ABOVE_HELD, MOST_A_TRANSACTION, statements: { REMOVE_LEAVES, ABOVE_HELD } };
