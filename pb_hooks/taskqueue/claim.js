// Hands the next tasks to a runner: {runner, kinds, limit, leaseMs, forbiddenFlags?, lanes?, exceptLanes?, prefetch?,
// timeLimitsMs?} -> {at, groups: [{lane, kind, flags, tasks}], nextAt}. A lane is open when it is neither paused nor
// blocked, its next slot has come, and its concurrency and rate have room. Only due tasks of open lanes are looked at,
// so neither blocked lanes nor a million tasks put off slow a claim. The order over all of them is (rank, run_at, rowid).
const { accountForClaimed } = require(`${__hooks}/taskqueue/account.js`);
const { bad, parse, rows, text, texts, whole, DAY_MS } = require(`${__hooks}/taskqueue/request.js`);

const MOST = 1000;
const PROMOTED_AT_ONCE = 5000;
/** A claim of many lanes takes at least so many of each, if they are first. */
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

/** What can be claimed now, by what a claim asks for: one row a lane, kind and set of flags. */
const OPEN = `SELECT b.lane, b.kind, b.flags, ${ROOM} AS room, (concurrency > 0 OR rate_count > 0 OR gap_ms > 0) AS limited
  FROM lanes l INDEXED BY lanes_open CROSS JOIN lane_backlog b ON b.lane = l.name
  WHERE l.due > 0 AND ${OPENS_AT} <= {:now} AND ${WANTED}`;

/** What there is to do, read without the write lock: most claims of an idle runner end here. Two open ones are many. */
const LOOK = `SELECT json_object(
    'open', (SELECT json_group_array(json_object('lane', lane, 'kind', kind, 'flags', flags)) FROM (${OPEN} LIMIT 2)),
    'promote', EXISTS (SELECT 1 FROM tasks INDEXED BY tasks_scheduled
      WHERE status = 'pending' AND due = 0 AND behind = 0 AND run_at <= {:now})) AS j`;

const PROMOTE = `UPDATE tasks SET due = 1, moves = moves + 1 WHERE rowid IN (SELECT rowid FROM tasks INDEXED BY tasks_scheduled
  WHERE status = 'pending' AND due = 0 AND behind = 0 AND run_at <= {:now} ORDER BY run_at LIMIT ${PROMOTED_AT_ONCE})`;

/** A task as `claimedRows` of packages/taskqueue/src/pocketbase/claimed-rows.ts reads it, as it is after the claim. */
const CLAIMED = `rtrim(json_array(t.rowid, t.id, t.key, t.priority, t.run_at, t.revision, t.grp, t.turn, t.rank,
    t.attempts + 1, t.max_attempts, t.crashes, t.lease + 1, t.parent, t.child_total, t.child_done, t.child_failed,
    t.child_cancelled, t.created_at), ']') || ',' || t.payload || ',' || coalesce(t.progress, 'null') || ',' ||
  coalesce(t.checkpoint, 'null') || ',' || coalesce(t.result, 'null') || ',' || coalesce(t.error, 'null') || ']'`;

const chosen = (from) => `SELECT t.lane, t.kind, t.flags, count(*) AS n, max(t.turn) AS turn,
    json_group_array(t.rowid) AS places, '[' || group_concat(${CLAIMED}) || ']' AS tasks ${from}`;

const QUEUE = (of) => `FROM tasks c INDEXED BY tasks_claim WHERE c.status = 'pending' AND c.due = 1
      AND c.lane = ${of("lane")} AND c.kind = ${of("kind")} AND c.flags = ${of("flags")}`;

/** The usual case: one lane has work. Read again under the write lock: what it had to LOOK may be gone. */
const ONE_LANE = chosen(`FROM tasks t WHERE t.rowid IN (SELECT c.rowid ${QUEUE((name) => `{:${name}}`)}
    ORDER BY c.rank, c.run_at, c.rowid
    LIMIT coalesce((SELECT min(room, iif(limited, {:limit}, {:most})) FROM (${OPEN})
      WHERE lane = {:lane} AND kind = {:kind} AND flags = {:flags}), 0)) HAVING n > 0`);

const ofLane = QUEUE((name) => `o.${name}`);

/**
 * The lanes whose first task comes first (`heads`), then the first tasks of each, then the first of all those. A
 * thousand serial lanes cost a thousand probes and no more.
 */
const MANY_LANES = chosen(`FROM tasks t WHERE t.rowid IN (
    WITH open AS MATERIALIZED (${OPEN}),
    heads AS MATERIALIZED (SELECT o.*, h.rowid AS task, h.rank, h.run_at FROM open o CROSS JOIN tasks h
      WHERE o.room > 0 AND h.rowid = (SELECT c.rowid ${ofLane} ORDER BY c.rank, c.run_at, c.rowid LIMIT 1)
      ORDER BY h.rank, h.run_at, h.rowid LIMIT {:most}),
    first AS (SELECT * FROM heads WHERE room = 1
      UNION ALL SELECT o.lane, o.kind, o.flags, o.room, o.limited, f.rowid, f.rank, f.run_at
        FROM heads o CROSS JOIN tasks f WHERE o.room > 1 AND f.rowid IN (SELECT c.rowid ${ofLane}
          ORDER BY c.rank, c.run_at, c.rowid
          LIMIT (SELECT min({:most}, max(${LEAST_DEPTH}, 4 * {:most} / count(*))) FROM heads))),
    fitting AS (SELECT task, limited, row_number() OVER (ORDER BY rank, run_at, task) AS place
      FROM (SELECT *, row_number() OVER (PARTITION BY lane ORDER BY rank, run_at, task) AS nth FROM first)
      WHERE nth <= room)
    SELECT task FROM fitting WHERE place <= {:limit} OR NOT limited ORDER BY place LIMIT {:most})
  GROUP BY t.lane, t.kind, t.flags`);

const TAKE = `UPDATE tasks SET status = 'running', runner = {:runner}, lease = lease + 1,
    deadline = iif({:timeLimits}->>kind > 0, {:now} + ({:timeLimits}->>kind), 0),
    lease_until = min({:until}, iif({:timeLimits}->>kind > 0, {:now} + ({:timeLimits}->>kind), {:until})),
    attempts = attempts + 1, started_at = {:now}, updated_at = {:now}, waiting_for = '',
    failed_before = child_failed, cancelled_before = child_cancelled
  WHERE rowid IN (SELECT value FROM json_each({:places}))`;

const NEXT_AT = `SELECT coalesce(min(at), 0) AS j FROM (
    SELECT * FROM (SELECT run_at AS at FROM tasks INDEXED BY tasks_scheduled
      WHERE status = 'pending' AND due = 0 AND behind = 0 ORDER BY run_at LIMIT 1)
    UNION ALL
    SELECT * FROM (SELECT ${OPENS_AT} AS at FROM lanes l INDEXED BY lanes_open CROSS JOIN lane_backlog b ON b.lane = l.name
      WHERE l.due > 0 AND ${OPENS_AT} > {:now} AND ${OPENS_AT} < 9000000000000000 AND ${WANTED} ORDER BY ${OPENS_AT} LIMIT 1))`;

const GROUP = { lane: "", kind: "", flags: "", n: 0, turn: 0, places: "", tasks: "" };

const choose = (tx, statement, values) => {
  const found = arrayOf(new DynamicModel(GROUP));
  tx.db().newQuery(statement).bind(values).all(found);
  const groups = [];
  for (const { lane, kind, flags, n, turn, places, tasks } of found) {
    groups.push({ lane, kind, flags, n, turn, places, tasks });
  }
  return groups;
};

const take = (tx, look, values) => {
  if (look.promote) tx.db().newQuery(PROMOTE).bind({ now: values.now }).execute();
  const [one, ...others] = look.open;
  const single = one !== undefined && others.length === 0 && !look.promote;
  const groups = choose(tx, single ? ONE_LANE : MANY_LANES, single ? { ...values, ...one } : values);
  if (groups.length === 0) return groups;
  const places = `[${groups.map((group) => group.places.slice(1, -1)).join(",")}]`;
  tx.db()
    .newQuery(TAKE)
    .bind({ ...values, places })
    .execute();
  accountForClaimed(tx, groups, values.now);
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
  const look = JSON.parse(rows($app.db(), LOOK, values)[0]);
  let groups = [];
  if (look.open.length > 0 || look.promote) {
    $app.runInTransaction((tx) => {
      groups = take(tx, look, values);
    });
  }
  const taken = groups.reduce((sum, { n }) => sum + n, 0);
  const nextAt = taken < values.limit ? Number(rows($app.db(), NEXT_AT, values)[0]) : 0;
  return `{"at":${values.now},"groups":[${groups.map(sent).join(",")}],"nextAt":${nextAt || null}}`;
};

module.exports = { roles: ["runner"], run, statements: { LOOK, PROMOTE, ONE_LANE, MANY_LANES, TAKE, NEXT_AT } };
