// Ends or puts off claimed tasks: {done: ["LEASE.ID", ...], items: [{taskId, lease, type, ...}], log?} -> {settled:
// {STATUS: [id, ...]}}, without those whose lease is gone. `done` are those that are over without a result: most are,
// and they are far cheaper. The types of items are those of an Outcome; a `fail` brings its retry delays (ms, by
// attempt, the last for all further ones), of which the statement takes the attempt's. `log` is for task-log.js.
const { accountForSettled } = require(`${__hooks}/taskqueue/account.js`);
const { logMoved } = require(`${__hooks}/taskqueue/change-log.js`);
const { comeForward } = require(`${__hooks}/taskqueue/come-forward.js`);
const { compile, execute, inTransaction, read, select } = require(`${__hooks}/taskqueue/compiled.js`);
const { bad, parseHead } = require(`${__hooks}/taskqueue/request.js`);
const { isQuiet, signal } = require(`${__hooks}/taskqueue/signal.js`);
const { resolveParents } = require(`${__hooks}/taskqueue/resolve-parents.js`);
const { writeFailures, writeLines } = require(`${__hooks}/taskqueue/task-log.js`);

const MOST = 5000;
/** A result of 1 MiB, a checkpoint and their surroundings. */
const LARGEST = 1048576 + 131072;

/** How many there are of each, and which item is wrong in what. */
const HEAD = `SELECT json_object('items', count(*), 'done', coalesce(json_array_length({:body}, '$.done'), 0),
    'log', json_array_length({:body}, '$.log'),
    'areLists', coalesce(json_type({:body}, '$.items'), 'array') = 'array'
      AND coalesce(json_type({:body}, '$.done'), 'array') = 'array',
    'fails', coalesce(sum(type = 'fail'), 0), 'size', coalesce(max(octet_length(value)), 0),
    'wrong', max(CASE
      WHEN type IN ('done', 'wait') AND resultType NOT IN ('null', 'object') THEN 'result'
      WHEN type = 'done' THEN NULL
      WHEN type = 'wait' THEN CASE
        WHEN coalesce(value->>'onChildFailure', 'fail') NOT IN ('fail', 'finish_with_errors', 'ignore')
          THEN 'onChildFailure'
        WHEN coalesce(value->>'then', 'end') NOT IN ('end', 'run') THEN 'then' END
      WHEN type = 'later' THEN iif(json_type(value, '$.runAt') IS 'integer'
        AND value->>'runAt' BETWEEN 0 AND 8640000000000000, NULL, 'runAt')
      WHEN type <> 'fail' THEN 'type'
      WHEN json_type(value, '$.error') IS NOT 'object' OR octet_length(value->'error') > 65536 THEN 'error'
      WHEN json_type(value, '$.delays[0]') IS NOT 'integer' THEN 'delays' END))
  FROM (SELECT value, coalesce(value->>'type', '') AS type, coalesce(json_type(value, '$.result'), 'null') AS resultType
    FROM json_each({:body}, '$.items'))`;

const GROUP = "t.lane, t.kind, t.flags, t.parent, t.status";

/** Those that end as done, in groups of like ones; those that were asked to stop end as cancelled. */
const ENDING = `SELECT t.lane, t.kind, t.flags, t.parent, t.status AS was, 0 AS due, max(t.key <> '') AS keyed,
    iif(t.status = 'cancelling', 'cancelled', 'done') AS status, count(*) AS n,
    json_group_array(t.rowid) AS places, json_group_array(t.id) AS ids
  FROM json_each({:body}, '$.done') d CROSS JOIN tasks t
  WHERE t.id = substr(d.value, instr(d.value, '.') + 1) AND t.lease = CAST(d.value AS INTEGER) AND t.lease_until > 0
  GROUP BY ${GROUP}`;

const DONE = `UPDATE tasks SET status = iif(status = 'cancelling', 'cancelled', 'done'), lease_until = 0, deadline = 0,
    waiting_for = '', result = iif(status = 'cancelling', result, NULL), error = iif(status = 'cancelling', error, NULL),
    checkpoint = iif(status = 'cancelling', checkpoint, NULL), finished_at = {:now}, updated_at = {:now}
  WHERE rowid IN (SELECT value FROM json_each({:places}))`;

/**
 * `next` follows the table of packages/domain/src/states.ts; a test holds the two together. The LIMIT keeps SQLite from
 * merging this into the update, which would then scan all tasks.
 */
const ENDS = `SELECT t.rowid AS task, s.value AS item, s.value->>'type' AS type, CASE
      WHEN t.status = 'cancelling' THEN 'cancelled'
      WHEN s.value->>'type' = 'done' THEN 'done'
      WHEN s.value->>'type' = 'wait' THEN 'waiting'
      WHEN s.value->>'type' = 'later' THEN 'pending'
      WHEN coalesce(s.value->>'permanent', 0) OR t.attempts >= t.max_attempts THEN 'failed'
      ELSE 'pending' END AS next,
    CASE s.value->>'type'
      WHEN 'later' THEN s.value->>'runAt'
      WHEN 'fail' THEN {:now} + (s.value->>('$.delays[' ||
        (min(t.attempts, json_array_length(s.value, '$.delays')) - 1) || ']')) END AS again
  FROM json_each({:body}, '$.items') s CROSS JOIN tasks t
  WHERE t.id = s.value->>'taskId' AND t.lease = s.value->>'lease' AND t.lease_until > 0
  LIMIT ${MOST}`;

const SETTLE = `UPDATE tasks SET
    status = e.next,
    lease_until = 0,
    deadline = 0,
    runner = iif(e.next = 'pending', '', runner),
    attempts = attempts - (e.type = 'later' AND e.next = 'pending'),
    on_child_failure = iif(e.next = 'waiting', coalesce(e.item->>'onChildFailure', on_child_failure), on_child_failure),
    then_run = iif(e.next = 'waiting', coalesce(e.item->>'then', '') = 'run', then_run),
    continuation = (continuation AND e.next <> 'waiting'),
    run_at = iif(e.next = 'pending', e.again, run_at),
    due = iif(e.next = 'pending', e.again <= {:now}, due),
    waiting_for = iif(e.type = 'later' AND e.next = 'pending', coalesce(substr(e.item->>'reason', 1, 500), ''), ''),
    progress = iif(octet_length(e.item->'progress') <= 8192, e.item->'progress', progress),
    checkpoint = CASE WHEN e.next = 'done' THEN NULL WHEN octet_length(e.item->'checkpoint') <= 65536
      THEN nullif(e.item->'checkpoint', 'null') ELSE checkpoint END,
    result = iif(e.next IN ('done', 'waiting'), nullif(e.item->'result', 'null'), result),
    error = CASE WHEN e.next = 'done' THEN NULL WHEN e.type = 'fail' AND e.next <> 'cancelled' THEN e.item->'error'
      ELSE error END,
    finished_at = iif(e.next IN ('done', 'failed', 'cancelled'), {:now}, 0),
    updated_at = {:now}
  FROM (${ENDS}) e WHERE tasks.rowid = e.task
  RETURNING id, rowid AS place, json_array(lane, kind, flags, parent, status, due, key <> '') AS j`;

/** Whether work waits for a slot in a limited lane of the settled tasks. */
const OPENED = `SELECT EXISTS (SELECT 1 FROM lanes INDEXED BY lanes_name
  WHERE name IN (SELECT value FROM json_each({:lanes})) AND concurrency > 0 AND due > 0)`;

const [head, ending, done, settling, opened] = [HEAD, ENDING, DONE, SETTLE, OPENED].map(compile);
const ENDING_GROUP = {
  lane: "",
  kind: "",
  flags: "",
  parent: "",
  was: "",
  due: 0,
  keyed: 0,
  status: "",
  n: 0,
  places: "",
  ids: "",
};

const ended = (tx, values) => {
  const groups = select(tx, ending, values, ENDING_GROUP);
  for (const group of groups) {
    group.places = group.places.slice(1, -1);
    group.ids = group.ids.slice(1, -1);
  }
  const places = `[${groups.map((group) => group.places).join(",")}]`;
  if (groups.length > 0) execute(tx, done, { places, now: values.now });
  return groups;
};

const groupOf = (text) => {
  const [lane, kind, flags, parent, status, due, keyed] = JSON.parse(text);
  const was = status === "cancelled" ? "cancelling" : "running";
  return { lane, kind, flags, parent, was, status, due, keyed, n: 0, places: "", ids: "" };
};

const settled = (tx, values) => {
  const groups = new Map();
  for (const { id, place, j } of select(tx, settling, values, { id: "", place: 0, j: "" })) {
    const group = groups.get(j) ?? groupOf(j);
    groups.set(j, group);
    const comma = group.n > 0 ? "," : "";
    group.n += 1;
    group.ids += `${comma}"${id}"`;
    group.places += `${comma}${place}`;
  }
  return [...groups.values()];
};

const END = new Set(["done", "failed", "cancelled"]);

/** Parents that may be over now: those of ended tasks, and tasks that wait from now on. */
const upOf = (groups) =>
  groups.flatMap(({ status, parent, ids }) => {
    if (status === "waiting") return JSON.parse(`[${ids}]`);
    return END.has(status) && parent ? [parent] : [];
  });

const settle = (tx, counted, values) => {
  if (counted.log > 0) writeLines(tx, values);
  if (counted.fails > 0) writeFailures(tx, values);
  const groups = [...(counted.done > 0 ? ended(tx, values) : []), ...(counted.items > 0 ? settled(tx, values) : [])];
  accountForSettled(tx, groups, values.now);
  logMoved(tx, groups, values.now);
  const keyed = groups.filter(({ status, keyed }) => keyed && END.has(status));
  if (keyed.length > 0) comeForward(tx, `[${keyed.map(({ places }) => places).join(",")}]`, values.now);
  return { groups, resolved: resolveParents(tx, upOf(groups), values.now), came: keyed.length };
};

const check = ({ areLists, items, done: ends, wrong, size }) => {
  if (!areLists || items + ends > MOST) throw bad(`done and items must be lists of at most ${MOST}`);
  if (wrong) throw bad(`A settlement's ${wrong} is not valid`);
  if (size > LARGEST) throw bad("A settlement is larger than 1 MiB");
};

/** Tasks put back or resumed are claimable, and each slot given up is one in a lane that has work. */
const wake = ({ groups, resolved, came }) => {
  const resumed = resolved.filter(({ status }) => status === "pending").length;
  const back = groups.reduce((sum, { status, due, n }) => sum + (status === "pending" && due ? n : 0), resumed);
  const isPutBack = came + resumed > 0 || groups.some(({ status }) => status === "pending");
  const lanes = JSON.stringify(groups.map(({ lane }) => lane));
  const slots = groups.reduce((sum, { n }) => sum + n, 0);
  if (isPutBack) signal("work", back);
  else if (isQuiet("work") && read(opened, { lanes }) === "1") signal("work", slots);
};

const inGroups = ({ groups, resolved }) => {
  const byStatus = {};
  for (const { status, ids } of groups) (byStatus[status] ??= []).push(ids);
  const lists = Object.entries(byStatus).map(([status, ids]) => `"${status}":[${ids.join(",")}]`);
  return `{"settled":{${lists.join(",")}},"resolved":${JSON.stringify(resolved)}}`;
};

const run = (body) => {
  const counted = parseHead(() => read(head, { body }));
  check(counted);
  const values = { body, now: Date.now() };
  const after = inTransaction((tx) => settle(tx, counted, values));
  wake(after);
  return inGroups(after);
};

module.exports = { roles: ["runner"], run, statements: { HEAD, ENDING, DONE, SETTLE, OPENED } };
