/// <reference path="../pb_data/types.d.ts" />

// Who may sign in. `accounts` are our own processes (role backend or runner), `users` are people. Nobody registers
// by themselves, and people read nothing from PocketBase directly: they go through the backend.
migrate(
  (app) => {
    const accounts = new Collection({
      type: "auth",
      name: "accounts",
      listRule: null,
      viewRule: "id = @request.auth.id",
      createRule: null,
      updateRule: null,
      deleteRule: null,
      authRule: "",
      passwordAuth: { enabled: true, identityFields: ["email"] },
      authToken: { duration: 24 * 3600 },
      fileToken: { duration: 600 },
      fields: [{ type: "select", name: "role", required: true, maxSelect: 1, values: ["backend", "runner"] }],
    });
    app.save(accounts);

    const users = app.findCollectionByNameOrId("users");
    users.listRule = null;
    users.viewRule = "id = @request.auth.id";
    users.createRule = null;
    users.updateRule = null;
    users.deleteRule = null;
    users.authToken.duration = 14 * 24 * 3600;
    users.fields.add(
      new SelectField({ name: "role", required: true, maxSelect: 1, values: ["admin", "member", "reader"] }),
    );
    app.save(users);

    const settings = app.settings();
    settings.meta.appName = "Chapterhouse";
    settings.meta.hideControls = true;
    // Every queue call would be a row in the log database.
    settings.logs.maxDays = 0;
    settings.logs.minLevel = 4;
    // Rate limits count by address, and all runners of a machine share one.
    settings.rateLimits.enabled = false;
    settings.batch.enabled = false;
    app.save(settings);
  },
  (app) => {
    app.delete(app.findCollectionByNameOrId("accounts"));
    const users = app.findCollectionByNameOrId("users");
    users.fields.removeByName("role");
    app.save(users);
  },
);
