// Whoever stands behind a key comes forward when the task before it ended. Statements that set `moves`, or clear a key,
// have a trigger for it (tasks_key_freed); the settlement of many calls this.
const COME = `UPDATE tasks SET behind = 0, due = run_at <= {:now}, moves = moves + 1 WHERE rowid IN (
  SELECT b.rowid FROM json_each({:places}) p CROSS JOIN tasks f ON f.rowid = p.value
    CROSS JOIN tasks b INDEXED BY tasks_key ON b.key = f.key AND b.key <> ''
  WHERE f.key <> '' AND b.behind = 1 AND b.status IN ('pending', 'paused'))`;

/** `places`: JSON text of the rowids of those that ended. */
const comeForward = (tx, places, now) => tx.db().newQuery(COME).bind({ places, now }).execute();

module.exports = { comeForward, statements: { COME } };
