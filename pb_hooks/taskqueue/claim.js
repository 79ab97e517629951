// Hands the next tasks to a runner: {runner, kinds, limit, leaseMs, forbiddenFlags?, lanes?, exceptLanes?, prefetch?,
// timeLimitsMs?} -> {at, groups: [{lane, kind, flags, tasks}], nextAt}. A lane is open when it is neither paused nor
// blocked, its next slot has come, and its concurrency and rate have room. Only due tasks of open lanes are looked at,
// so neither blocked lanes nor a million tasks put off slow a claim. The order over all of them is (rank, run_at, rowid).
const { accountForClaimed, accountForPromoted } = require(`${__hooks}/taskqueue/account.js`);
const { logMoved } = require(`${__hooks}/taskqueue/change-log.js`);
const { compile, execute, inTransaction, read, select } = require(`${__hooks}/taskqueue/compiled.js`);
const { bad, parse, text, texts, whole, DAY_MS } = require(`${__hooks}/taskqueue/request.js`);
const { POLICY } = require(`${__hooks}/taskqueue/task-row.js`);

const MOST = 1000;
const PROMOTED_AT_ONCE = 5000;
/** Of more than so many open lanes the list does not travel through the VM. */
const FEW = 200;
/** A claim of many lanes looks at so many tasks of each at least. */
const LEAST_DEPTH = 16;
const NO_LIMIT = 2_147_483_648;

/** As the index lanes_open has it, word for word. */
const OPENS_AT = `CASE WHEN paused OR (concurrency > 0 AND running >= concurrency) THEN 9000000000000000
  ELSE max(blocked_until, next_at, iif(rate_count > 0, rate_tat - rate_ms + rate_ms * 1.0 / rate_count, 0)) END`;

/** What this claim may take of a lane. The thousandth of a task is for the rounding of rate_tat. */
const ROOM = `min(iif(concurrency > 0, concurrency - running, ${NO_LIMIT}), iif(rate_count > 0,
    CAST((rate_ms - max(rate_tat - {:now}, 0)) * rate_count * 1.0 / rate_ms + 0.001 AS INTEGER), ${NO_LIMIT}))`;

const WANTED = `({:lanes} = '' OR l.name IN (SELECT value FROM json_each({:lanes})))
    AND l.name NOT IN (SELECT value FROM json_each({:exceptLanes}))
    AND b.due > 0 AND b.kind IN (SELECT k.value FROM json_each({:kinds}) k WHERE NOT EXISTS (
      SELECT 1 FROM definitions d WHERE d.kind = k.value AND (d.disabled OR d.removed_at > 0)))
    AND (b.flags = '' OR NOT EXISTS (SELECT 1 FROM json_each(b.flags) f
      WHERE f.value IN (SELECT value FROM json_each({:forbiddenFlags}))))`;

const IS_LIMITED = "(concurrency > 0 OR rate_count > 0 OR gap_ms > 0)";

/** What can be claimed now, by what a claim asks for: one row a lane, kind and set of flags. */
const OPEN = `SELECT b.lane, b.kind, b.flags, ${ROOM} AS room, ${IS_LIMITED} AS limited
  FROM lanes l INDEXED BY lanes_open CROSS JOIN lane_backlog b ON b.lane = l.name
  WHERE l.due > 0 AND ${OPENS_AT} <= {:now} AND ${WANTED}`;

/** What there is to do, read without the write lock: most claims of an idle runner end here. */
const LOOK = `SELECT json_object(
    'open', (SELECT json_group_array(json_array(lane, kind, flags)) FROM (${OPEN} LIMIT ${FEW} + 1)),
    'promote', EXISTS (SELECT 1 FROM tasks INDEXED BY tasks_scheduled
      WHERE status = 'pending' AND due = 0 AND behind = 0 AND run_at <= {:now}))`;

/** Tasks whose time has come, in groups of like ones. */
const COME_DUE = `SELECT lane, kind, flags, count(*) AS n, json_group_array(rowid) AS places FROM tasks
  WHERE rowid IN (SELECT rowid FROM tasks INDEXED BY tasks_scheduled
    WHERE status = 'pending' AND due = 0 AND behind = 0 AND run_at <= {:now} ORDER BY run_at LIMIT ${PROMOTED_AT_ONCE})
  GROUP BY lane, kind, flags`;
const PROMOTE = "UPDATE tasks SET due = 1 WHERE rowid IN (SELECT value FROM json_each({:places}))";

/** A task as `claimedRows` of packages/taskqueue/src/pocketbase/claimed-rows.ts reads it, as it is after the claim. */
const CLAIMED = `rtrim(json_array(t.rowid, t.id, t.key, t.priority, t.run_at, t.revision, t.grp, t.turn, t.rank,
    t.attempts + 1, t.max_attempts, t.crashes, t.lease + 1, t.parent, t.child_total, t.child_done, t.child_failed,
    t.child_cancelled, iif(t.continuation, t.failed_before, t.child_failed),
    iif(t.continuation, t.cancelled_before, t.child_cancelled), ${POLICY}, t.then_run, t.continuation, t.with_children,
    t.created_by, t.created_at), ']') || ',' || t.payload || ',' || coalesce(t.progress, 'null') || ',' ||
  coalesce(t.checkpoint, 'null') || ',' || coalesce(t.result, 'null') || ',' || coalesce(t.error, 'null') || ']'`;

const chosen = (which) => `SELECT t.lane, t.kind, t.flags, count(*) AS n, max(t.turn) AS turn,
    json_group_array(t.rowid) AS places, '[' || group_concat(${CLAIMED}) || ']' AS tasks
  FROM tasks t WHERE t.rowid IN (${which})`;

const queueOf = (of) => `FROM tasks c INDEXED BY tasks_claim WHERE c.status = 'pending' AND c.due = 1
      AND c.lane = ${of("lane")} AND c.kind = ${of("kind")} AND c.flags = ${of("flags")}
    ORDER BY c.rank, c.run_at, c.rowid`;

/** The usual case: one lane has work. Its room is read again under the write lock: what LOOK saw may be gone. */
const ONE_LANE = `${chosen(`SELECT c.rowid ${queueOf((name) => `{:${name}}`)}
    LIMIT coalesce((SELECT min(${ROOM}, iif(${IS_LIMITED}, {:limit}, {:most})) FROM lanes
      WHERE name = {:lane} AND ${OPENS_AT} <= {:now}), 0)`)} HAVING n > 0`;

/**
 * The lanes whose first task comes first (of a lane with room for one, the kind and flags whose task does), and up to
 * {:depth} tasks of each, in order: [place], of a limited lane [place, lane, room].
 */
const firstOf = (open) => `WITH heads AS MATERIALIZED (SELECT * FROM (
      SELECT o.*, h.rank, h.run_at, h.rowid AS place,
        row_number() OVER (PARTITION BY o.lane ORDER BY h.rank, h.run_at, h.rowid) AS nth
      FROM (${open}) o CROSS JOIN tasks h
      WHERE h.rowid = (SELECT c.rowid ${queueOf((name) => `o.${name}`)} LIMIT 1))
    WHERE nth <= room ORDER BY rank, run_at, place LIMIT {:most})
  SELECT json_group_array(iif(o.limited, json_array(t.rowid, o.lane, o.room), json_array(t.rowid))
    ORDER BY t.rank, t.run_at, t.rowid) AS j
  FROM heads o CROSS JOIN tasks t WHERE t.rowid IN (SELECT c.rowid ${queueOf((name) => `o.${name}`)}
    LIMIT (SELECT min(max(room), {:depth}) FROM heads))`;

const FEW_LANES = firstOf(`SELECT n.value->>0 AS lane, n.value->>1 AS kind, n.value->>2 AS flags, ${ROOM} AS room,
    ${IS_LIMITED} AS limited FROM json_each({:open}) n CROSS JOIN lanes l INDEXED BY lanes_name ON l.name = n.value->>0
  WHERE ${OPENS_AT} <= {:now}`);
const ALL_LANES = firstOf(OPEN);
const CHOSEN = `${chosen("SELECT value FROM json_each({:places})")} GROUP BY t.lane, t.kind, t.flags`;

const TAKE = `UPDATE tasks SET status = 'running', runner = {:runner}, lease = lease + 1,
    deadline = iif({:timeLimits}->>kind > 0, {:now} + ({:timeLimits}->>kind), 0),
    lease_until = min({:until}, iif({:timeLimits}->>kind > 0, {:now} + ({:timeLimits}->>kind), {:until})),
    attempts = attempts + 1, started_at = {:now}, updated_at = {:now}, waiting_for = '',
    failed_before = iif(continuation, failed_before, child_failed),
    cancelled_before = iif(continuation, cancelled_before, child_cancelled)
  WHERE rowid IN (SELECT value FROM json_each({:places}))`;

const NEXT_AT = `SELECT coalesce(min(at), 0) FROM (
    SELECT * FROM (SELECT run_at AS at FROM tasks INDEXED BY tasks_scheduled
      WHERE status = 'pending' AND due = 0 AND behind = 0 ORDER BY run_at LIMIT 1)
    UNION ALL
    SELECT * FROM (SELECT ${OPENS_AT} AS at FROM lanes l INDEXED BY lanes_open CROSS JOIN lane_backlog b ON b.lane = l.name
      WHERE l.due > 0 AND ${OPENS_AT} > {:now} AND ${OPENS_AT} < 9000000000000000 AND ${WANTED} ORDER BY ${OPENS_AT} LIMIT 1))`;

const DUE_GROUP = { lane: "", kind: "", flags: "", n: 0, places: "" };
const GROUP = { lane: "", kind: "", flags: "", n: 0, turn: 0, places: "", tasks: "" };

const [look, comeDue, promoted, oneLane, fewLanes, allLanes, those, taking, nextAt] = [
  LOOK,
  COME_DUE,
  PROMOTE,
  ONE_LANE,
  FEW_LANES,
  ALL_LANES,
  CHOSEN,
  TAKE,
  NEXT_AT,
].map(compile);

/** The first that fit: no more of a lane than it has room for, and beyond `limit` only of lanes without any limit. */
const fitting = (candidates, { limit, most }) => {
  const taken = new Map();
  const places = [];
  for (const [place, lane, room] of candidates) {
    const ofLane = taken.get(lane) ?? 0;
    if (lane !== undefined && (ofLane >= room || places.length >= limit)) continue;
    taken.set(lane, ofLane + 1);
    if (places.push(place) >= most) break;
  }
  return places;
};

/**
 * Of L lanes the first 2/L of what is wanted are looked at, and only when that does not do, because one lane has most of
 * it, all that they could give. So one claim may take a lane's seventeenth task later than its rank says: the next does.
 */
const chooseOfMany = (tx, open, values) => {
  const statement = open.length <= FEW ? fewLanes : allLanes;
  const from = { ...values, open: JSON.stringify(open) };
  const placesAt = (depth) => {
    const [{ j }] = select(tx, statement, { ...from, depth }, { j: "" });
    const candidates = JSON.parse(j);
    return { places: fitting(candidates, values), seen: candidates.length };
  };
  const depth = Math.min(values.most, Math.max(LEAST_DEPTH, Math.ceil((2 * values.most) / open.length)));
  let { places, seen } = placesAt(depth);
  const mayBeMore = places.length < values.most && seen >= depth && depth < values.most;
  if (mayBeMore) ({ places } = placesAt(values.most));
  return select(tx, those, { places: JSON.stringify(places) }, GROUP);
};

const choose = (tx, open, values) => {
  if (open.length > 1) return chooseOfMany(tx, open, values);
  if (open.length === 0) return [];
  const [lane, kind, flags] = open[0];
  return select(tx, oneLane, { ...values, lane, kind, flags }, GROUP);
};

const placesOf = (groups) => `[${groups.map(({ places }) => places.slice(1, -1)).join(",")}]`;

const promote = (tx, values) => {
  const groups = select(tx, comeDue, values, DUE_GROUP);
  if (groups.length === 0) return;
  execute(tx, promoted, { places: placesOf(groups) });
  accountForPromoted(tx, groups, values.now);
};

const take = (tx, seen, values) => {
  if (seen.promote) promote(tx, values);
  const { open } = seen.promote ? JSON.parse(select(tx, look, values, { j: "" })[0].j) : seen;
  const groups = choose(tx, open, values);
  if (groups.length === 0) return groups;
  const places = placesOf(groups);
  execute(tx, taking, { ...values, places });
  accountForClaimed(tx, groups, values.now);
  const n = groups.reduce((sum, group) => sum + group.n, 0);
  logMoved(tx, [{ status: "running", n, places: places.slice(1, -1) }], values.now);
  return groups;
};

const readTimeLimits = (limits) => {
  if (typeof limits !== "object" || limits === null) throw bad("timeLimitsMs must be an object");
  for (const kind in limits) whole(limits[kind], `timeLimitsMs.${kind}`, 0, 365 * DAY_MS);
  return JSON.stringify(limits);
};

const readRequest = (body) => {
  const request = parse(body);
  const now = Date.now();
  const list = (name, most) => JSON.stringify(texts(request[name] ?? [], name, most));
  const limit = whole(request.limit, "limit", 0, MOST);
  return {
    now,
    limit,
    most: limit + whole(request.prefetch ?? 0, "prefetch", 0, MOST),
    runner: text(request.runner, "runner"),
    until: now + whole(request.leaseMs, "leaseMs", 0, DAY_MS),
    kinds: list("kinds", 100),
    lanes: request.lanes ? list("lanes", 1000) : "",
    exceptLanes: list("exceptLanes", 1000),
    forbiddenFlags: list("forbiddenFlags", 100),
    timeLimits: readTimeLimits(request.timeLimitsMs ?? {}),
  };
};

const sent = ({ lane, kind, flags, tasks }) =>
  `{"lane":${JSON.stringify(lane)},"kind":${JSON.stringify(kind)},"flags":${flags || "[]"},"tasks":${tasks}}`;

const run = (body) => {
  const values = readRequest(body);
  const seen = JSON.parse(read(look, values));
  const hasWork = values.most > 0 && (seen.open.length > 0 || seen.promote);
  const groups = hasWork ? inTransaction((tx) => take(tx, seen, values)) : [];
  const taken = groups.reduce((sum, { n }) => sum + n, 0);
  const next = taken < values.limit ? Number(read(nextAt, values)) : 0;
  return `{"at":${values.now},"groups":[${groups.map(sent).join(",")}],"nextAt":${Math.ceil(next) || null}}`;
};

module.exports = {
  roles: ["runner"],
  run,
  statements: { LOOK, COME_DUE, PROMOTE, ONE_LANE, FEW_LANES, ALL_LANES, CHOSEN, TAKE, NEXT_AT },
};
