/// <reference path="../pb_data/types.d.ts" />

// Before PocketBase serves: migrations are applied, and the service accounts have the passwords that the secrets
// folder holds, so that changing a secret and restarting is all it takes to rotate it.
onBootstrap((e) => {
  e.next();
  $app.runAllMigrations();
  require(`${__hooks}/accounts/ensure.js`).ensureAccounts();
});
