/// <reference path="../pb_data/types.d.ts" />

// The queue's transactions: POST /api/taskqueue/NAME runs taskqueue/NAME.js. Each handler runs in a VM of its own and
// sees nothing of this file, so it requires what it needs inside.
routerAdd(
  "POST",
  "/api/taskqueue/{name}",
  (e) => require(`${__hooks}/taskqueue/route.js`).serve(e),
  $apis.requireAuth("accounts"),
  $apis.bodyLimit(32 * 1024 * 1024),
);

onBootstrap((e) => {
  e.next();
  require(`${__hooks}/taskqueue/change-log.js`).goOn();
});
