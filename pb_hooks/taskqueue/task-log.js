// A task's log: what its handler said, and how its attempts failed. At most 500 lines a task, the oldest are dropped.
const MOST_LINES = 500;

/** {log: [[taskId, lease, at, level, message], ...]}; lines of those whose lease is gone are dropped. */
const LINES = `INSERT INTO task_log (task, at, level, attempt, lease, runner, message)
  SELECT t.id, line.value->>2, line.value->>3, t.attempts, t.lease, t.runner, substr(line.value->>4, 1, 2000)
  FROM json_each({:body}, '$.log') line CROSS JOIN tasks t
  WHERE t.id = line.value->>0 AND t.lease = line.value->>1 AND t.lease_until > 0 ORDER BY line.key`;

/** {items}, before they are settled: the failures of those whose lease holds and who were not asked to stop. */
const FAILURES = `INSERT INTO task_log (task, at, level, attempt, lease, runner, code, message, stack)
  SELECT t.id, {:now}, 'error', t.attempts, t.lease, t.runner, substr(item.value->>'$.error.code', 1, 64),
    substr(item.value->>'$.error.message', 1, 2000), coalesce(substr(item.value->>'stack', 1, 16000), '')
  FROM json_each({:body}, '$.items') item CROSS JOIN tasks t
  WHERE item.value->>'type' = 'fail' AND t.id = item.value->>'taskId' AND t.lease = item.value->>'lease'
    AND t.lease_until > 0 AND t.status = 'running' ORDER BY item.key`;

/** Of the tasks that wrote the rows after `last`. */
const TRIM = `DELETE FROM task_log WHERE rowid IN (
  SELECT old.rowid FROM (SELECT DISTINCT task FROM task_log NOT INDEXED WHERE rowid > {:last} LIMIT -1) written
    CROSS JOIN task_log old INDEXED BY task_log_task
  WHERE old.task = written.task AND old.rowid < (SELECT l.rowid FROM task_log l INDEXED BY task_log_task
    WHERE l.task = written.task ORDER BY l.rowid DESC LIMIT 1 OFFSET ${MOST_LINES - 1}))`;

/** Writes by an INSERT INTO task_log, and keeps the logs of those tasks short. */
const writeLog = (tx, statement, values) => {
  const result = tx.db().newQuery(statement).bind(values).execute();
  const written = result.rowsAffected();
  if (written === 0) return;
  tx.db()
    .newQuery(TRIM)
    .bind({ last: result.lastInsertId() - written })
    .execute();
};

const writeLines = (tx, { body }) => writeLog(tx, LINES, { body });
const writeFailures = (tx, { body, now }) => writeLog(tx, FAILURES, { body, now });

module.exports = { writeLog, writeLines, writeFailures, statements: { LINES, FAILURES, TRIM } };
