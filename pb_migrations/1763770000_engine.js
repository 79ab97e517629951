/// <reference path="../pb_data/types.d.ts" />

// The queue engine: keys with modes, flags, turns, rates, time limits, checkpoints, logs, definitions, cron.
// Counting is done by the routes that move many tasks (claim, settle, add: one statement a call), and by triggers for
// all others: a statement that sets `moves` lets the triggers account for its rows, one that does not accounts itself
// (pb_hooks/taskqueue/account.js). A trigger for each row of a bulk cost as much as the bulk.
const LIVE = "'pending', 'running', 'waiting', 'cancelling', 'paused'";
const BACKEND = `@request.auth.collectionName = "accounts" && @request.auth.role = "backend"`;

const text = (name, max, required = false) => ({ type: "text", name, max, required });
const whole = (name) => ({ type: "number", name, onlyInt: true });
const json = (name, maxSize = 2 * 1024 * 1024) => ({ type: "json", name, maxSize });
const flag = (name) => ({ type: "bool", name });

const NEW_TASK_FIELDS = [
  whole("revision"),
  // A sorted JSON array of texts, '' for none: part of the claim's group, so that refused tasks are never looked at.
  text("flags", 2000),
  // Which tasks take turns: '' for a turn of its own.
  text("grp", 128),
  // The virtual time at which its turn comes, and where that puts it: turn + 100 x priority + run_at in minutes.
  whole("turn"),
  whole("rank"),
  // 1: stands behind the live task with the same key, and is due when that one ends.
  whole("behind"),
  whole("deadline"),
  json("checkpoint", 128 * 1024),
  whole("moves"),
];

const NEW_LANE_FIELDS = [
  // At most rate_count claims at once, as many again in each rate_ms; 0: no limit. rate_tat is the token bucket: the
  // time at which it is full again, ms.
  whole("rate_count"),
  whole("rate_ms"),
  { type: "number", name: "rate_tat" },
  // The greatest turn claimed from it: the largest over all lanes is the queue's virtual time.
  whole("turn"),
  // Due tasks that stand in it.
  whole("due"),
];

const TASK_LOG = {
  name: "task_log",
  reader: BACKEND,
  fields: [
    text("task", 32, true),
    whole("at"),
    text("level", 8, true),
    whole("attempt"),
    whole("lease"),
    text("runner", 128),
    text("code", 64),
    text("message", 2000),
    text("stack", 16_000),
  ],
  indexes: ["CREATE INDEX task_log_task ON task_log (task)"],
};

const DEFINITIONS = {
  name: "definitions",
  reader: BACKEND,
  fields: [
    text("kind", 128, true),
    text("title", 200, true),
    text("description", 2000),
    json("payload_schema", 256 * 1024),
    json("defaults", 256 * 1024),
    flag("disabled"),
    whole("removed_at"),
    whole("created_at"),
    whole("updated_at"),
  ],
  indexes: ["CREATE UNIQUE INDEX definitions_kind ON definitions (kind)"],
};

const CRON = {
  name: "cron_items",
  reader: BACKEND,
  fields: [
    text("identifier", 128, true),
    text("source", 8, true),
    // The whole CronSpec; what the clock needs stands beside it.
    json("spec", 1100 * 1024),
    flag("paused"),
    whole("next_at"),
    whole("last_at"),
    text("last_task", 32),
    whole("created_at"),
    whole("updated_at"),
  ],
  indexes: [
    "CREATE UNIQUE INDEX cron_items_identifier ON cron_items (identifier)",
    "CREATE INDEX cron_items_due ON cron_items (next_at) WHERE paused = 0",
  ],
};

const TASK_INDEXES = [
  "CREATE INDEX tasks_claim ON tasks (lane, kind, flags, rank, run_at) WHERE status = 'pending' AND due = 1",
  "CREATE INDEX tasks_lease ON tasks (lease_until, runner) WHERE lease_until > 0",
  "CREATE INDEX tasks_scheduled ON tasks (run_at) WHERE status = 'pending' AND due = 0 AND behind = 0",
  // Lists: rowid closes every index. Running tasks are few and found by their lease; each index left out of a claim
  // and a settlement is a third of a statement.
  "CREATE INDEX tasks_key ON tasks (key) WHERE key <> ''",
  "CREATE INDEX tasks_kind ON tasks (kind, status) WHERE status <> 'running'",
  "CREATE INDEX tasks_roots ON tasks (kind) WHERE parent = ''",
  "CREATE INDEX tasks_parent ON tasks (parent, kind, status) WHERE parent <> ''",
  "CREATE INDEX tasks_started ON tasks (kind, started_at) WHERE started_at > 0",
  // Ended tasks by age, for retention: without it every look for old ones would read all roots. A root that ends pays one
  // entry at the index's end (about 0.4 microseconds of 5).
  "CREATE INDEX tasks_ended ON tasks (status, finished_at) WHERE finished_at > 0 AND parent = ''",
];

// What waits, by what a claim asks for: lane, kind and flags.
const TABLES = [
  "DROP TABLE lane_backlog",
  `CREATE TABLE lane_backlog (lane TEXT, kind TEXT, flags TEXT, pending INTEGER NOT NULL, due INTEGER NOT NULL,
     PRIMARY KEY (lane, kind, flags)) WITHOUT ROWID`,
  // The next turn of a group: a group that added a thousand tasks has a thousand turns, one after the other.
  "CREATE TABLE task_groups (grp TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID",
  "CREATE INDEX task_groups_next ON task_groups (next)",
];

// When a lane can next be claimed from: far away while it is paused or full. An index of the lanes with due tasks, so
// that closed ones cost nothing however many there are. The claim has the same expression, word for word.
const OPENS_AT = `CASE WHEN paused OR (concurrency > 0 AND running >= concurrency) THEN 9000000000000000
  ELSE max(blocked_until, next_at, iif(rate_count > 0, rate_tat - rate_ms + rate_ms * 1.0 / rate_count, 0)) END`;

const HAND_MADE_INDEXES = [
  `CREATE UNIQUE INDEX tasks_live_key ON tasks (key, behind) WHERE key <> '' AND status IN (${LIVE})`,
  `CREATE INDEX lanes_open ON lanes (${OPENS_AT}) WHERE due > 0`,
  "CREATE INDEX lanes_turn ON lanes (turn)",
];

// Before the first claim of a new schema: what the routes and triggers will keep from here on.
const FILL = [
  "UPDATE tasks SET rank = 100 * priority + run_at / 60000",
  `INSERT INTO lane_backlog (lane, kind, flags, pending, due) SELECT lane, kind, flags, count(*), sum(due) FROM tasks
     WHERE status = 'pending' GROUP BY lane, kind, flags`,
  `UPDATE lanes SET due = coalesce((SELECT sum(due) FROM lane_backlog WHERE lane = name), 0)`,
];

const is = (row, status) => `(${row}.status = '${status}')`;
const isTerminal = (row) => `${row}.status IN ('done', 'failed', 'cancelled')`;
const countOf = (row, by) => `(${row}.kind, ${row}.status, ${by})`;
const addCounts = (...rows) => `INSERT INTO task_counts (kind, status, n) VALUES ${rows.join(", ")}
    ON CONFLICT DO UPDATE SET n = n + excluded.n`;
const backlogOf = (row, sign) =>
  `SELECT ${row}.lane, ${row}.kind, ${row}.flags, ${sign}1, ${sign}${row}.due WHERE ${is(row, "pending")}`;
const addBacklog = (...rows) => `INSERT INTO lane_backlog (lane, kind, flags, pending, due) ${rows.join(" UNION ALL ")}
    ON CONFLICT DO UPDATE SET pending = pending + excluded.pending, due = due + excluded.due`;
const dueOf = (row) => `(${is(row, "pending")} * ${row}.due)`;

/** Fires for a statement that sets `moves`, and for no other. */
const onMove = (name, when, body) => `CREATE TRIGGER ${name} AFTER UPDATE OF moves ON tasks WHEN ${when} BEGIN
    ${body};
  END`;

const OLD_TRIGGERS = [
  "tasks_checked",
  "tasks_added",
  "tasks_added_child",
  "tasks_removed",
  "tasks_moved",
  "tasks_counted",
  "tasks_queued",
  "tasks_occupied",
  "tasks_parent_told",
];

const TRIGGERS = [
  onMove("tasks_counted", "old.status <> new.status", addCounts(countOf("old", "-1"), countOf("new", "1"))),
  onMove(
    "tasks_queued",
    "old.status = 'pending' OR new.status = 'pending'",
    addBacklog(backlogOf("old", "-"), backlogOf("new", "")),
  ),
  // A task that moves by a route stays in its lane, or is moved while pending.
  onMove(
    "tasks_occupied",
    `(old.lease_until > 0) <> (new.lease_until > 0) OR ${dueOf("old")} <> ${dueOf("new")} OR old.lane <> new.lane`,
    `UPDATE lanes SET running = running + (name = new.lane AND new.lease_until > 0)
        - (name = old.lane AND old.lease_until > 0),
      due = due + (name = new.lane) * ${dueOf("new")} - (name = old.lane) * ${dueOf("old")}
      WHERE name IN (old.lane, new.lane)`,
  ),
  onMove(
    "tasks_parent_told",
    `new.parent <> '' AND old.status <> new.status AND (${isTerminal("old")} OR ${isTerminal("new")})`,
    `UPDATE tasks SET child_done = child_done + ${is("new", "done")} - ${is("old", "done")},
      child_failed = child_failed + ${is("new", "failed")} - ${is("old", "failed")},
      child_cancelled = child_cancelled + ${is("new", "cancelled")} - ${is("old", "cancelled")} WHERE id = new.parent`,
  ),
  `CREATE TRIGGER tasks_removed AFTER DELETE ON tasks BEGIN
    ${addCounts(countOf("old", "-1"))};
    ${addBacklog(backlogOf("old", "-"))};
    UPDATE lanes SET running = running - (old.lease_until > 0), due = due - ${dueOf("old")} WHERE name = old.lane
      AND (old.lease_until > 0 OR old.status = 'pending');
    UPDATE tasks SET child_total = child_total - 1, child_done = child_done - ${is("old", "done")},
      child_failed = child_failed - ${is("old", "failed")}, child_cancelled = child_cancelled - ${is("old", "cancelled")}
    WHERE id = old.parent AND old.parent <> '';
    DELETE FROM task_log WHERE task = old.id;
  END`,
  // Whoever stands behind a key comes forward when the task before it ends or loses the key. Settlements of many do this
  // themselves (pb_hooks/taskqueue/come-forward.js).
  `CREATE TRIGGER tasks_key_freed AFTER UPDATE OF moves, key ON tasks
    WHEN old.key <> '' AND old.behind = 0 AND NOT (${isTerminal("old")}) AND (new.key <> old.key OR ${isTerminal("new")}) BEGIN
    UPDATE tasks SET behind = 0, due = run_at <= new.updated_at, moves = moves + 1
      WHERE key = old.key AND key <> '' AND behind = 1 AND status IN ('pending', 'paused');
  END`,
  `CREATE TRIGGER tasks_key_removed AFTER DELETE ON tasks WHEN old.key <> '' AND old.behind = 0 AND NOT (${isTerminal("old")}) BEGIN
    UPDATE tasks SET behind = 0, moves = moves + 1
      WHERE key = old.key AND key <> '' AND behind = 1 AND status IN ('pending', 'paused');
  END`,
];

const addFields = (app, name, fields, indexes) => {
  const collection = app.findCollectionByNameOrId(name);
  const kinds = { text: TextField, number: NumberField, json: JSONField, bool: BoolField };
  for (const { type, ...options } of fields) collection.fields.add(new kinds[type](options));
  if (indexes) collection.indexes = indexes;
  app.save(collection);
};

migrate(
  (app) => {
    const run = (statement) => app.db().newQuery(statement).execute();
    for (const name of OLD_TRIGGERS) run(`DROP TRIGGER ${name}`);
    run("DROP INDEX tasks_live_key");
    addFields(app, "tasks", NEW_TASK_FIELDS, TASK_INDEXES);
    addFields(app, "lanes", NEW_LANE_FIELDS);
    // About how many tasks became claimable, so that not every runner need come for one.
    addFields(app, "signals", [whole("tasks")]);
    for (const { name, reader, fields, indexes } of [TASK_LOG, DEFINITIONS, CRON]) {
      app.save(
        new Collection({
          type: "base",
          name,
          listRule: reader,
          viewRule: reader,
          createRule: null,
          updateRule: null,
          deleteRule: null,
          fields,
          indexes,
        }),
      );
    }
    for (const statement of [...TABLES, ...HAND_MADE_INDEXES, ...FILL, ...TRIGGERS]) run(statement);
  },
  () => {
    throw new Error("The queue engine's migration is not taken back: restore a backup from before it");
  },
);
