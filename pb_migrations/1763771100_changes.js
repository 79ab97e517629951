/// <reference path="../pb_data/types.d.ts" />

// What happened to tasks, in the order of the commits: one row a call (or a moved task), with the rowids of its tasks.
// Routes that move many write their row themselves (pb_hooks/taskqueue/change-log.js); a statement that sets `moves` has
// a trigger. A number is never given twice, not even after a backup was put back: each start of PocketBase goes on from
// the clock's milliseconds, which no log reaches by its calls.
const BACKEND = `@request.auth.collectionName = "accounts" && @request.auth.role = "backend"`;

const TABLES = [
  // n: how many changes; body: a list of [index of the first, status, 0 moved | 1 new | 2 report, [rowids]], or with the
  // first and the last rowid in place of the list. freed: since then, rowids from this one on belong to new tasks.
  `CREATE TABLE task_changes (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, n INTEGER NOT NULL, body TEXT NOT NULL,
     freed INTEGER)`,
  "CREATE INDEX task_changes_freed ON task_changes (seq, freed) WHERE freed IS NOT NULL",
  "INSERT INTO task_changes (seq, at, n, body) VALUES (unixepoch() * 1000, unixepoch() * 1000, 0, '[]')",
];

const TRIGGERS = [
  // Only a task that is added with its children goes from pending to waiting.
  `CREATE TRIGGER tasks_change_logged AFTER UPDATE OF moves ON tasks WHEN old.status <> new.status BEGIN
    INSERT INTO task_changes (at, n, body) VALUES (new.updated_at, 1, '[[0,"' || new.status || '",' ||
      (old.status = 'pending' AND new.status = 'waiting') || ',[' || new.rowid || ']]]');
  END`,
  // SQLite gives the rowids of the last rows again: what the log says of them before is not about the new tasks.
  `CREATE TRIGGER tasks_places_freed AFTER DELETE ON tasks BEGIN
    INSERT INTO task_changes (at, n, body, freed)
      SELECT unixepoch() * 1000, 0, '[]', coalesce((SELECT max(rowid) FROM tasks WHERE rowid < old.rowid), 0) + 1
      WHERE NOT EXISTS (SELECT 1 FROM tasks WHERE rowid > old.rowid);
  END`,
];

migrate(
  (app) => {
    for (const statement of [...TABLES, ...TRIGGERS]) app.db().newQuery(statement).execute();
    // Saving its one record is the hint for those who follow; not one of `signals`, each of which is sent to all runners.
    const hints = new Collection({
      type: "base",
      name: "change_hints",
      listRule: BACKEND,
      viewRule: BACKEND,
      createRule: null,
      updateRule: null,
      deleteRule: null,
      fields: [{ type: "number", name: "seq", onlyInt: true }],
    });
    app.save(hints);
    app.save(new Record(hints));
  },
  (app) => {
    app.delete(app.findCollectionByNameOrId("change_hints"));
    for (const name of ["tasks_places_freed", "tasks_change_logged"])
      app.db().newQuery(`DROP TRIGGER ${name}`).execute();
    app.db().newQuery("DROP TABLE task_changes").execute();
  },
);
