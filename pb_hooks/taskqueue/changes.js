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

/**
 * Taken apart once each, not once a change: reading 10,000 changes takes a fifth of the time. What the log said of rowids
 * that were freed later is not about the tasks that have them now.
 */
const ITEMS = `SELECT l.seq, l.at, i.value->>0 AS first, i.value->>1 AS status, i.value->>2 AS what, i.value->>3 AS places,
    i.value->>4 AS upTo, coalesce((SELECT min(f.freed) FROM task_changes f INDEXED BY task_changes_freed
      WHERE f.freed IS NOT NULL AND f.seq > l.seq), ${Number.MAX_SAFE_INTEGER}) AS freed
  FROM calls l CROSS JOIN json_each(l.body) i`;
const LISTED = "json_each(i.places) p CROSS JOIN tasks t WHERE i.upTo IS NULL AND t.rowid = p.value";
const RANGE = "tasks t WHERE i.upTo NOTNULL AND t.rowid BETWEEN i.places AND i.upTo";

const change = (index, of) => `SELECT i.seq, ${index} AS place,
      json_array(i.seq, ${index}, i.at, t.id, t.kind, t.parent, i.status, i.what = 1,
        json(iif(i.what = 2, t.progress, 'null'))) AS j
    FROM items i CROSS JOIN ${of} AND +t.rowid < i.freed
      AND (i.what < 2 OR (t.status = 'running' AND t.progress IS NOT NULL))`;

/** The whole answer as text: what the VM took apart and put together again would cost more than the statement. */
const CHANGES = `WITH calls AS MATERIALIZED (${CALLS}), items AS MATERIALIZED (${ITEMS}),
    stand AS (SELECT max(seq) AS head, coalesce((SELECT max(seq) FROM calls), {:after}) AS last FROM task_changes)
  SELECT iif(EXISTS (SELECT 1 FROM task_changes WHERE seq = {:after}),
    '{"changes":[' || coalesce((SELECT group_concat(j, ',' ORDER BY seq, place) FROM (
        ${change("i.first + p.key", LISTED)}
        UNION ALL ${change("i.first + t.rowid - i.places", RANGE)})), '')
      || '],"last":' || last || ',"isGap":false,"more":' || iif(last < head, 'true', 'false') || '}',
    '{"changes":[],"last":' || head || ',"isGap":' || {:isGap} || ',"more":false}') FROM stand`;

const changes = compile(CHANGES);

/** A number that is not in the log was forgotten, or given by a log that is gone, as when a backup was put back. */
const run = (body) => {
  const { after, limit } = parse(body);
  const values = {
    after: after === null ? -1 : whole(after, "after", 0, Number.MAX_SAFE_INTEGER),
    isGap: String(after !== null),
    limit: whole(limit, "limit", 1, MOST),
  };
  keepFollowing();
  return read(changes, after === null ? { ...values, limit: 0 } : values);
};

module.exports = { roles: ["backend"], run, statements: { CHANGES } };
