/// <reference path="../pb_data/types.d.ts" />

// The queue. Times are whole milliseconds since the epoch, 0 for "not yet"; there are no autodates, because the hook
// routes write by SQL. Nobody writes through PocketBase's own routes: every create, update and delete rule is null.
// `task_counts` and `lane_backlog` are plain tables that triggers keep exact, so that counting never reads tasks.
const LIVE = "'pending', 'running', 'waiting', 'cancelling', 'paused'";

const BACKEND = `@request.auth.collectionName = "accounts" && @request.auth.role = "backend"`;
const RUNNER = `@request.auth.collectionName = "accounts" && @request.auth.role = "runner"`;

const text = (name, max, required = false) => ({ type: "text", name, max, required });
const whole = (name) => ({ type: "number", name, onlyInt: true });
const json = (name) => ({ type: "json", name, maxSize: 2 * 1024 * 1024 });
const longId = {
  type: "text",
  name: "id",
  primaryKey: true,
  required: true,
  system: true,
  min: 15,
  max: 32,
  pattern: "^[a-z0-9]+$",
  autogeneratePattern: "[a-z0-9]{23}",
};

const TASKS = {
  name: "tasks",
  reader: BACKEND,
  fields: [
    longId,
    text("kind", 128, true),
    text("lane", 300, true),
    text("key", 512),
    text("status", 16, true),
    whole("priority"),
    whole("run_at"),
    // 1 once run_at has come: a claim looks at these alone, however many tasks are put off.
    whole("due"),
    json("payload"),
    whole("attempts"),
    whole("max_attempts"),
    whole("crashes"),
    whole("lease"),
    // 0 when nobody holds the lease: a task occupies its lane's slot exactly while this is not 0.
    whole("lease_until"),
    text("runner", 128),
    text("parent", 32),
    whole("child_total"),
    whole("child_done"),
    whole("child_failed"),
    whole("child_cancelled"),
    // What had failed or was cancelled before this attempt: a retried parent is judged by its own children alone.
    whole("failed_before"),
    whole("cancelled_before"),
    json("progress"),
    json("result"),
    json("error"),
    text("waiting_for", 500),
    whole("created_at"),
    whole("updated_at"),
    whole("started_at"),
    whole("finished_at"),
    whole("cancel_requested_at"),
  ],
  indexes: [
    "CREATE INDEX tasks_claim ON tasks (lane, kind, priority, run_at) WHERE status = 'pending' AND due = 1",
    "CREATE INDEX tasks_lease ON tasks (lease_until, runner) WHERE lease_until > 0",
    "CREATE INDEX tasks_scheduled ON tasks (run_at) WHERE status = 'pending' AND due = 0",
    // Lists: rowid closes every index, so each of these is in order of addition too.
    "CREATE INDEX tasks_key ON tasks (key) WHERE key <> ''",
    "CREATE INDEX tasks_kind ON tasks (kind, status)",
    "CREATE INDEX tasks_parent ON tasks (parent, kind, status)",
    "CREATE INDEX tasks_started ON tasks (kind, started_at)",
  ],
};

const LANES = {
  name: "lanes",
  reader: BACKEND,
  fields: [
    text("name", 300, true),
    // 0: no limit.
    whole("concurrency"),
    whole("running"),
    whole("gap_ms"),
    whole("next_at"),
    { type: "bool", name: "paused" },
    whole("blocked_until"),
    text("reason", 500),
  ],
  indexes: ["CREATE UNIQUE INDEX lanes_name ON lanes (name)"],
};

const RUNNERS = {
  name: "runners",
  reader: BACKEND,
  fields: [
    text("runner", 128, true),
    text("host", 255),
    whole("pid"),
    text("version", 64),
    json("kinds"),
    whole("concurrency"),
    whole("started_at"),
    whole("seen_at"),
    whole("alive_until"),
  ],
  indexes: ["CREATE UNIQUE INDEX runners_runner ON runners (runner)"],
};

// Two rows, `work` and `cancel`: saving one is the event that wakes runners.
const SIGNALS = {
  name: "signals",
  reader: RUNNER,
  fields: [text("name", 32, true), whole("at")],
  indexes: ["CREATE UNIQUE INDEX signals_name ON signals (name)"],
};

// PocketBase's reader of index definitions stumbles over the brackets of IN, so this one is made by hand.
const LIVE_KEY = `CREATE UNIQUE INDEX tasks_live_key ON tasks (key) WHERE key <> '' AND status IN (${LIVE})`;

const TABLES = [
  "CREATE TABLE task_counts (kind TEXT, status TEXT, n INTEGER NOT NULL, PRIMARY KEY (kind, status)) WITHOUT ROWID",
  `CREATE TABLE lane_backlog (kind TEXT, lane TEXT, pending INTEGER NOT NULL, due INTEGER NOT NULL,
     PRIMARY KEY (lane, kind)) WITHOUT ROWID`,
  "CREATE INDEX lane_backlog_due ON lane_backlog (kind, lane) WHERE due > 0",
];

// PocketBase compiles a statement for every call, its triggers with it: each trigger is one short statement.
const is = (row, status) => `(${row}.status = '${status}')`;
const isTerminal = (row) => `${row}.status IN ('done', 'failed', 'cancelled')`;
const isMoved = "(old.lane <> new.lane OR old.kind <> new.kind)";
const countOf = (row, by) => `(${row}.kind, ${row}.status, ${by})`;
const addCounts = (...rows) => `INSERT INTO task_counts (kind, status, n) VALUES ${rows.join(", ")}
    ON CONFLICT DO UPDATE SET n = n + excluded.n`;
const backlogOf = (row, sign) =>
  `SELECT ${row}.kind, ${row}.lane, ${sign}1, ${sign}${row}.due WHERE ${is(row, "pending")}`;
const addBacklog = (...rows) => `INSERT INTO lane_backlog (kind, lane, pending, due) ${rows.join(" UNION ALL ")}
    ON CONFLICT DO UPDATE SET pending = pending + excluded.pending, due = due + excluded.due`;
const makeLane = `INSERT INTO lanes (name) SELECT new.lane WHERE NOT EXISTS (SELECT 1 FROM lanes WHERE name = new.lane)`;

// What the routes' callers send is checked here, where it costs no second reading of the request, and for everybody who
// writes. The route turns the refusal into a BAD_REQUEST that names the field.
const WRONG = `CASE
    WHEN new.id NOT GLOB '[a-z0-9]*' OR length(new.id) NOT BETWEEN 15 AND 32 THEN 'id'
    WHEN length(new.kind) NOT BETWEEN 1 AND 128 THEN 'kind'
    WHEN length(new.lane) NOT BETWEEN 1 AND 300 THEN 'lane'
    WHEN length(new.key) > 512 THEN 'key'
    WHEN new.payload NOT LIKE '{%' OR octet_length(new.payload) > 1048576 THEN 'payload'
    WHEN typeof(new.priority) <> 'integer' OR new.priority NOT BETWEEN -1000000 AND 1000000 THEN 'priority'
    WHEN typeof(new.max_attempts) <> 'integer' OR new.max_attempts NOT BETWEEN 1 AND 1000 THEN 'maxAttempts'
    WHEN typeof(new.run_at) <> 'integer' OR new.run_at NOT BETWEEN 0 AND 8640000000000000 THEN 'runAt'
  END`;

const TRIGGERS = [
  `CREATE TRIGGER tasks_checked BEFORE INSERT ON tasks WHEN (${WRONG}) IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'TASK_INVALID');
  END`,
  `CREATE TRIGGER tasks_added AFTER INSERT ON tasks BEGIN
    ${makeLane};
    ${addCounts(countOf("new", "1"))};
    ${addBacklog(backlogOf("new", ""))};
  END`,
  `CREATE TRIGGER tasks_added_child AFTER INSERT ON tasks WHEN new.parent <> '' BEGIN
    UPDATE tasks SET child_total = child_total + 1 WHERE id = new.parent;
  END`,
  `CREATE TRIGGER tasks_removed AFTER DELETE ON tasks BEGIN
    ${addCounts(countOf("old", "-1"))};
    ${addBacklog(backlogOf("old", "-"))};
    UPDATE lanes SET running = running - 1 WHERE name = old.lane AND old.lease_until > 0;
    UPDATE tasks SET child_total = child_total - 1, child_done = child_done - ${is("old", "done")},
      child_failed = child_failed - ${is("old", "failed")}, child_cancelled = child_cancelled - ${is("old", "cancelled")}
    WHERE id = old.parent AND old.parent <> '';
  END`,
  `CREATE TRIGGER tasks_moved BEFORE UPDATE OF lane ON tasks WHEN old.lane <> new.lane BEGIN
    ${makeLane};
  END`,
  `CREATE TRIGGER tasks_counted AFTER UPDATE OF status, kind ON tasks
    WHEN old.status <> new.status OR old.kind <> new.kind BEGIN
    ${addCounts(countOf("old", "-1"), countOf("new", "1"))};
  END`,
  `CREATE TRIGGER tasks_queued AFTER UPDATE OF status, due, lane, kind ON tasks
    WHEN (old.status = 'pending' OR new.status = 'pending')
      AND (old.status <> new.status OR old.due <> new.due OR ${isMoved}) BEGIN
    ${addBacklog(backlogOf("old", "-"), backlogOf("new", ""))};
  END`,
  `CREATE TRIGGER tasks_occupied AFTER UPDATE OF lease_until, lane ON tasks
    WHEN (old.lease_until > 0) <> (new.lease_until > 0) OR old.lane <> new.lane BEGIN
    UPDATE lanes SET running = running + (name = new.lane AND new.lease_until > 0)
      - (name = old.lane AND old.lease_until > 0) WHERE name IN (old.lane, new.lane);
  END`,
  `CREATE TRIGGER tasks_parent_told AFTER UPDATE OF status ON tasks
    WHEN new.parent <> '' AND old.status <> new.status AND (${isTerminal("old")} OR ${isTerminal("new")}) BEGIN
    UPDATE tasks SET child_done = child_done + ${is("new", "done")} - ${is("old", "done")},
      child_failed = child_failed + ${is("new", "failed")} - ${is("old", "failed")},
      child_cancelled = child_cancelled + ${is("new", "cancelled")} - ${is("old", "cancelled")} WHERE id = new.parent;
  END`,
];

const FIRST_SIGNALS = ["work", "cancel"];

migrate(
  (app) => {
    for (const { name, reader, fields, indexes } of [TASKS, LANES, RUNNERS, SIGNALS]) {
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
    for (const statement of [LIVE_KEY, ...TABLES, ...TRIGGERS]) app.db().newQuery(statement).execute();
    for (const name of FIRST_SIGNALS) {
      const signal = new Record(app.findCollectionByNameOrId("signals"));
      signal.set("name", name);
      app.save(signal);
    }
  },
  (app) => {
    for (const name of ["signals", "runners", "lanes", "tasks"]) app.delete(app.findCollectionByNameOrId(name));
    for (const table of ["lane_backlog", "task_counts"]) app.db().newQuery(`DROP TABLE ${table}`).execute();
  },
);
