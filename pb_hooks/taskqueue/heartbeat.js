// Extends all leases of a runner (never past a deadline), stores reports, renews its card: {runner: card, leaseMs, beats:
// [{taskId, lease, progress?, checkpoint?}], log?} -> {beats: [{id, status}]}. Who is not in the answer has lost its
// lease. `log` is for task-log.js. A progress or checkpoint that is too large leaves the old one: a beat is not refused.
const { logReports } = require(`${__hooks}/taskqueue/change-log.js`);
const { compile, execute, inTransaction, read, select } = require(`${__hooks}/taskqueue/compiled.js`);
const { parseHead, text, texts, whole, DAY_MS } = require(`${__hooks}/taskqueue/request.js`);
const { writeLines } = require(`${__hooks}/taskqueue/task-log.js`);

const MOST = 5000;
const LARGEST_PROGRESS = 8192;
const LARGEST_CHECKPOINT = 65_536;

const HEAD = `SELECT json_object('runner', json_extract({:body}, '$.runner'), 'leaseMs', json_extract({:body}, '$.leaseMs'),
  'beats', CASE json_type({:body}, '$.beats') WHEN 'array' THEN json_array_length({:body}, '$.beats') END,
  'log', json_array_length({:body}, '$.log'))`;

const CARD = `INSERT INTO runners (runner, host, pid, version, kinds, concurrency, started_at, seen_at, alive_until)
  VALUES ({:runner}, {:host}, {:pid}, {:version}, {:kinds}, {:concurrency}, {:now}, {:now}, {:until})
  ON CONFLICT (runner) DO UPDATE SET seen_at = excluded.seen_at, alive_until = excluded.alive_until,
    kinds = excluded.kinds, concurrency = excluded.concurrency`;

const BEAT = `UPDATE tasks SET lease_until = iif(deadline > 0, min({:until}, deadline), {:until}),
    progress = iif(octet_length(beat.progress) <= ${LARGEST_PROGRESS}, beat.progress, tasks.progress),
    checkpoint = iif(octet_length(beat.checkpoint) <= ${LARGEST_CHECKPOINT}, nullif(beat.checkpoint, 'null'),
      tasks.checkpoint),
    updated_at = iif(beat.progress IS NULL AND beat.checkpoint IS NULL, updated_at, {:now})
  FROM (SELECT value->>'taskId' AS task, value->>'lease' AS lease, value->'progress' AS progress,
      value->'checkpoint' AS checkpoint FROM json_each({:body}, '$.beats')) beat
  WHERE tasks.id = beat.task AND tasks.lease = beat.lease AND +tasks.lease_until > 0
  RETURNING json_object('id', id, 'status', status) AS j, iif(updated_at = {:now}, rowid, 0) AS place`;

const [head, renewCard, beat] = [HEAD, CARD, BEAT].map(compile);

const run = (body) => {
  const { runner, leaseMs, beats, log } = parseHead(() => read(head, { body }));
  whole(beats, "The number of beats", 0, MOST);
  const now = Date.now();
  const until = now + whole(leaseMs, "leaseMs", 0, DAY_MS);
  const card = {
    runner: text(runner?.id, "runner.id"),
    host: text(runner.host, "runner.host", 255),
    pid: whole(runner.pid, "runner.pid", 0, 2 ** 31),
    version: text(runner.version, "runner.version", 64),
    kinds: JSON.stringify(texts(runner.kinds, "runner.kinds", 100)),
    concurrency: whole(runner.concurrency, "runner.concurrency", 0, 10_000),
    now,
    until,
  };
  const kept = inTransaction((tx) => {
    execute(tx, renewCard, card);
    if (log > 0) writeLines(tx, { body });
    if (beats === 0) return [];
    const renewed = select(tx, beat, { body, now, until }, { j: "", place: 0 });
    logReports(
      tx,
      renewed.flatMap(({ place }) => place || []),
      now,
    );
    return renewed;
  });
  return `{"beats":[${kept.map(({ j }) => j).join(",")}]}`;
};

module.exports = { roles: ["runner"], run, statements: { CARD, BEAT } };
