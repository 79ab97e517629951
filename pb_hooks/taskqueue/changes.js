// What happened to tasks after the call `after`: {after, limit} -> {changes: [[seq, index, at, id, kind, parent, status,
// isNew, progress]], last, isGap, more}. Whole calls, until at least `limit` changes are read; `after` null: nothing but
// where the log stands. Whoever asks is told of further changes for a minute (change-hint.js). A report has the
// progress that the task has now; a change of a task that was removed is not in the answer.
const { keepFollowing } = require(`${__hooks}/taskqueue/change-hint.js`);
const { compile, read } = require(`${__hooks}/taskqueue/compiled.js`);
const { parse, whole } = require(`${__hooks}/taskqueue/request.js`);

const MOST = 10_000;

const CALLS = `SELECT seq, at, body FROM (
    SELECT seq, at, body, sum(n) OVER (ORDER BY seq ROWS UNBOUNDED PRECEDING) - n AS before
    FROM (SELECT * FROM task_changes WHERE seq > {:after} ORDER BY seq LIMIT {:limit}))
  WHERE before < {:limit}`;

/** What the log said of rowids that were freed later is not about the tasks that have them now. */
const IS_ITS_OWN = `NOT EXISTS (SELECT 1 FROM task_changes f INDEXED BY task_changes_freed
    WHERE f.freed IS NOT NULL AND f.freed <= t.rowid AND f.seq > call.seq)`;

const change = (
  index,
  from,
) => `SELECT call.seq, ${index} AS place, json_array(call.seq, ${index}, call.at, t.id, t.kind,
    t.parent, i.value->>1, i.value->>2 = 1, json(iif(i.value->>2 = 2, t.progress, 'null'))) AS j
  FROM calls call CROSS JOIN json_each(call.body) i CROSS JOIN ${from}
    AND (i.value->>2 < 2 OR (t.status = 'running' AND t.progress IS NOT NULL)) AND ${IS_ITS_OWN}`;

const CHANGES = `WITH calls AS MATERIALIZED (${CALLS})
  SELECT json_object(
    'isThere', EXISTS (SELECT 1 FROM task_changes WHERE seq = {:after}),
    'head', (SELECT max(seq) FROM task_changes),
    'last', (SELECT max(seq) FROM calls),
    'changes', (SELECT json_group_array(json(j) ORDER BY seq, place) FROM (
      ${change("(i.value->>0) + p.key", "json_each(i.value, '$[3]') p CROSS JOIN tasks t WHERE i.value->>4 IS NULL AND t.rowid = p.value")}
      UNION ALL
      ${change("(i.value->>0) + t.rowid - (i.value->>3)", "tasks t WHERE i.value->>4 NOTNULL AND t.rowid BETWEEN i.value->>3 AND i.value->>4")})))`;

const changes = compile(CHANGES);

const run = (body) => {
  const { after, limit } = parse(body);
  const values = {
    after: after === null ? Number.MAX_SAFE_INTEGER : whole(after, "after", 0, Number.MAX_SAFE_INTEGER),
    limit: whole(limit, "limit", 1, MOST),
  };
  keepFollowing();
  const found = JSON.parse(read(changes, values));
  // A number that is not in the log was forgotten, or given by one that is gone: a backup was put back.
  if (!found.isThere) return JSON.stringify({ changes: [], last: found.head, isGap: after !== null, more: false });
  const last = found.last ?? after;
  return JSON.stringify({ changes: found.changes, last, isGap: false, more: last < found.head });
};

module.exports = { roles: ["backend"], run, statements: { CHANGES } };
