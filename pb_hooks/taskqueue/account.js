// Keeps task_counts, lane_backlog, lanes and the parents' child counts exact for the statements that move many tasks at
// once and do not set `moves`: one row a group of like tasks instead of a trigger for each task. Only what changed is
// written. Every other statement sets `moves`, and the triggers of the migration account for it.
const { compile, execute, select } = require(`${__hooks}/taskqueue/compiled.js`);

const COUNTS = `INSERT INTO task_counts (kind, status, n)
  SELECT value->>0, value->>1, sum(value->>2) FROM json_each({:rows}) WHERE true GROUP BY 1, 2
  ON CONFLICT DO UPDATE SET n = n + excluded.n`;

const BACKLOG = `INSERT INTO lane_backlog (lane, kind, flags, pending, due)
  SELECT value->>0, value->>1, value->>2, sum(value->>3), sum(value->>4) FROM json_each({:rows}) WHERE true GROUP BY 1, 2, 3
  ON CONFLICT DO UPDATE SET pending = pending + excluded.pending, due = due + excluded.due`;

/** Makes the lane where there is none. Claims pay the lane's rate: here excluded.rate_tat is how many there were. */
const LANES = `INSERT INTO lanes (name, running, due, turn, rate_tat)
  SELECT value->>0, sum(value->>1), sum(value->>2), max(value->>3), sum(value->>4) FROM json_each({:rows}) WHERE true
  GROUP BY 1
  ON CONFLICT (name) DO UPDATE SET running = running + excluded.running, due = due + excluded.due,
    turn = max(turn, excluded.turn),
    rate_tat = iif(rate_count > 0 AND excluded.rate_tat > 0,
      max(rate_tat, {:now}) + excluded.rate_tat * 1.0 * rate_ms / rate_count, rate_tat)`;

/** The LIMIT keeps SQLite from merging the groups into the update, which would then scan all tasks. */
const CHILDREN = `UPDATE tasks SET child_total = child_total + change.total, child_done = child_done + change.done,
    child_failed = child_failed + change.failed, child_cancelled = child_cancelled + change.cancelled
  FROM (SELECT value->>0 AS parent, sum(value->>1) AS total, sum(value->>2) AS done, sum(value->>3) AS failed,
      sum(value->>4) AS cancelled FROM json_each({:rows}) GROUP BY 1 LIMIT -1) change
  WHERE tasks.id = change.parent`;

const ADDED = `SELECT json_array(lane, kind, flags, count(*), sum(due)) AS j FROM tasks NOT INDEXED
  WHERE rowid > {:last} - {:added} AND rowid <= {:last} GROUP BY lane, kind, flags`;

const [added, counts, backlog, lanes, children] = [ADDED, COUNTS, BACKLOG, LANES, CHILDREN].map(compile);

const write = (tx, changes, now) => {
  const each = (statement, ofThem) => {
    if (ofThem.length > 0) execute(tx, statement, { rows: JSON.stringify(ofThem), now });
  };
  each(counts, changes.counts);
  each(backlog, changes.backlog);
  each(lanes, changes.lanes);
  each(children, changes.children);
};

/** After an INSERT of `added` tasks, the last of which has the rowid `last`, all children of `parent` ('' for none). */
const accountForAdded = (tx, { last, added: total, parent, now }) => {
  if (total === 0) return;
  const changes = { counts: [], backlog: [], lanes: [], children: parent ? [[parent, total, 0, 0, 0]] : [] };
  for (const { j } of select(tx, added, { last, added: total }, { j: "" })) {
    const [lane, kind, flags, n, due] = JSON.parse(j);
    changes.counts.push([kind, "pending", n]);
    changes.backlog.push([lane, kind, flags, n, due]);
    changes.lanes.push([lane, 0, due, 0, 0]);
  }
  write(tx, changes, now);
};

/** After pending tasks of groups {lane, kind, flags, n} became due. */
const accountForPromoted = (tx, groups, now) => {
  const changes = { counts: [], backlog: [], lanes: [], children: [] };
  for (const { lane, kind, flags, n } of groups) {
    changes.backlog.push([lane, kind, flags, 0, n]);
    changes.lanes.push([lane, 0, n, 0, 0]);
  }
  write(tx, changes, now);
};

/** After a claim of groups {lane, kind, flags, n, turn}: pending and due before, running now, at most at that turn. */
const accountForClaimed = (tx, groups, now) => {
  const changes = { counts: [], backlog: [], lanes: [], children: [] };
  for (const { lane, kind, flags, n, turn } of groups) {
    changes.counts.push([kind, "pending", -n], [kind, "running", n]);
    changes.backlog.push([lane, kind, flags, -n, -n]);
    changes.lanes.push([lane, n, -n, turn, n]);
  }
  write(tx, changes, now);
};

const CHILD_ENDS = { done: [0, 1, 0, 0], failed: [0, 0, 1, 0], cancelled: [0, 0, 0, 1] };

/** After groups {lane, kind, flags, parent, was, status, n, due} gave up their leases; `due` is of each of the group. */
const accountForSettled = (tx, groups, now) => {
  const changes = { counts: [], backlog: [], lanes: [], children: [] };
  for (const { lane, kind, flags, parent, was, status, n, due } of groups) {
    const isBack = status === "pending";
    changes.counts.push([kind, was, -n], [kind, status, n]);
    if (isBack) changes.backlog.push([lane, kind, flags, n, n * due]);
    changes.lanes.push([lane, -n, isBack ? n * due : 0, 0, 0]);
    const ends = parent && CHILD_ENDS[status];
    if (ends) changes.children.push([parent, ...ends.map((one) => one * n)]);
  }
  write(tx, changes, now);
};

module.exports = {
  accountForAdded,
  accountForPromoted,
  accountForClaimed,
  accountForSettled,
  statements: { ADDED, COUNTS, BACKLOG, LANES, CHILDREN },
};
