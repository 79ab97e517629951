/// <reference path="../pb_data/types.d.ts" />

// Parents with a policy for their children's failures, with work for after their children, or added with all of them.
// What was a parent before reads as it did: '' is the policy `fail`, and nothing comes after its children.
const text = (name, max) => ({ type: "text", name, max });
const whole = (name) => ({ type: "number", name, onlyInt: true });

const FIELDS = [
  // What a child's failure means: 'fail', 'finish_with_errors' or 'ignore'; '' for fail.
  text("on_child_failure", 32),
  // 1: when its children are over its handler is called, instead of its ending.
  whole("then_run"),
  // 1: its children are over, and it is to run, or runs, for what comes after them.
  whole("continuation"),
  // 1: added together with its children; its handler never runs before they are over.
  whole("with_children"),
  text("created_by", 160),
];

const INDEXES = [
  // Children in the order of their addition: rowid closes it.
  "CREATE INDEX tasks_children ON tasks (parent) WHERE parent <> ''",
  "CREATE INDEX tasks_created_by ON tasks (created_by) WHERE created_by <> '' AND parent = ''",
];

const is = (row, status) => `(${row}.status = '${status}')`;
const isTerminal = (row) => `${row}.status IN ('done', 'failed', 'cancelled')`;
const countOf = (row, by) => `(${row}.kind, ${row}.status, ${by})`;
const backlogOf = (row, sign) =>
  `SELECT ${row}.lane, ${row}.kind, ${row}.flags, ${sign}1, ${sign}${row}.due WHERE ${is(row, "pending")}`;
const dueOf = (row) => `(${is(row, "pending")} * ${row}.due)`;

const moved = (status) => `${is("new", status)} - ${is("old", status)}`;
/**
 * What earlier attempts left behind is never more than there is: a failed child that is tried again, or removed, is no
 * longer one of those.
 */
const told = (failed, cancelled) => `child_failed = child_failed + ${failed},
      child_cancelled = child_cancelled + ${cancelled}, failed_before = min(failed_before, child_failed + ${failed}),
      cancelled_before = min(cancelled_before, child_cancelled + ${cancelled})`;

/** Two of the engine's, which now look at what earlier attempts left behind. */
const TRIGGERS = {
  tasks_parent_told: `CREATE TRIGGER tasks_parent_told AFTER UPDATE OF moves ON tasks
    WHEN new.parent <> '' AND old.status <> new.status AND (${isTerminal("old")} OR ${isTerminal("new")}) BEGIN
    UPDATE tasks SET child_done = child_done + ${moved("done")}, ${told(moved("failed"), moved("cancelled"))}
      WHERE id = new.parent;
  END`,
  tasks_removed: `CREATE TRIGGER tasks_removed AFTER DELETE ON tasks BEGIN
    INSERT INTO task_counts (kind, status, n) VALUES ${countOf("old", "-1")}
      ON CONFLICT DO UPDATE SET n = n + excluded.n;
    INSERT INTO lane_backlog (lane, kind, flags, pending, due) ${backlogOf("old", "-")}
      ON CONFLICT DO UPDATE SET pending = pending + excluded.pending, due = due + excluded.due;
    UPDATE lanes SET running = running - (old.lease_until > 0), due = due - ${dueOf("old")} WHERE name = old.lane
      AND (old.lease_until > 0 OR old.status = 'pending');
    UPDATE tasks SET child_total = child_total - 1, child_done = child_done - ${is("old", "done")},
      ${told(`-${is("old", "failed")}`, `-${is("old", "cancelled")}`)}
    WHERE id = old.parent AND old.parent <> '';
    DELETE FROM task_log WHERE task = old.id;
  END`,
};

migrate(
  (app) => {
    const tasks = app.findCollectionByNameOrId("tasks");
    const kinds = { text: TextField, number: NumberField };
    for (const { type, ...options } of FIELDS) tasks.fields.add(new kinds[type](options));
    tasks.indexes = [...tasks.indexes, ...INDEXES];
    app.save(tasks);
    const run = (statement) => app.db().newQuery(statement).execute();
    for (const [name, trigger] of Object.entries(TRIGGERS)) {
      run(`DROP TRIGGER ${name}`);
      run(trigger);
    }
  },
  () => {
    throw new Error("The parents' migration is not taken back: restore a backup from before it");
  },
);
