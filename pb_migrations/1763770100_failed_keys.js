/// <reference path="../pb_data/types.d.ts" />

// A failed task still has its key for two of the modes (docs/keys.md). Without this index, adding would read every task
// that ever ended with the key.
migrate(
  (app) => {
    const tasks = app.findCollectionByNameOrId("tasks");
    tasks.indexes = [
      ...tasks.indexes,
      "CREATE INDEX tasks_failed_key ON tasks (key) WHERE key <> '' AND status = 'failed'",
    ];
    app.save(tasks);
  },
  (app) => {
    const tasks = app.findCollectionByNameOrId("tasks");
    tasks.removeIndex("tasks_failed_key");
    app.save(tasks);
  },
);
