/// <reference path="../pb_data/types.d.ts" />

// The library's routes, one file each in ./library. Writers are runners with a lease, but for removing a book, which
// the backend does for a person. Handlers run in VMs of their own and see nothing of this file: each requires its own.
routerAdd(
  "GET",
  "/api/library/books",
  (e) => require(`${__hooks}/library/read-books.js`).list(e),
  $apis.requireAuth("accounts"),
);
routerAdd(
  "GET",
  "/api/library/book",
  (e) => require(`${__hooks}/library/read-books.js`).one(e),
  $apis.requireAuth("accounts"),
);
routerAdd(
  "GET",
  "/api/library/chapters",
  (e) => require(`${__hooks}/library/read-chapters.js`).list(e),
  $apis.requireAuth("accounts"),
);
routerAdd(
  "GET",
  "/api/library/chapter",
  (e) => require(`${__hooks}/library/read-chapters.js`).one(e),
  $apis.requireAuth("accounts"),
);
routerAdd(
  "GET",
  "/api/library/chapter/find",
  (e) => require(`${__hooks}/library/read-chapters.js`).find(e),
  $apis.requireAuth("accounts"),
);
routerAdd(
  "GET",
  "/api/library/narration",
  (e) => require(`${__hooks}/library/read-narrations.js`).one(e),
  $apis.requireAuth("accounts"),
);
routerAdd(
  "GET",
  "/api/library/narration/file",
  (e) => require(`${__hooks}/library/read-narrations.js`).file(e),
  $apis.requireAuth("accounts"),
);
routerAdd(
  "GET",
  "/api/library/narration/find",
  (e) => require(`${__hooks}/library/read-narrations.js`).find(e),
  $apis.requireAuth("accounts"),
);

routerAdd(
  "POST",
  "/api/library/book/save",
  (e) => require(`${__hooks}/library/save-book.js`).handle(e),
  $apis.requireAuth("accounts"),
);
routerAdd(
  "POST",
  "/api/library/book/cover",
  (e) => require(`${__hooks}/library/publish-cover.js`).handle(e),
  $apis.requireAuth("accounts"),
);
routerAdd(
  "POST",
  "/api/library/book/remove",
  (e) => require(`${__hooks}/library/remove-book.js`).handle(e),
  $apis.requireAuth("accounts"),
);
routerAdd(
  "POST",
  "/api/library/chapters/reconcile",
  (e) => require(`${__hooks}/library/reconcile-chapters.js`).handle(e),
  $apis.requireAuth("accounts"),
  $apis.bodyLimit(32 * 1024 * 1024),
);
routerAdd(
  "POST",
  "/api/library/chapter/publish",
  (e) => require(`${__hooks}/library/publish-chapter.js`).handle(e),
  $apis.requireAuth("accounts"),
  $apis.bodyLimit(32 * 1024 * 1024),
);
routerAdd(
  "POST",
  "/api/library/chapter/fail",
  (e) => require(`${__hooks}/library/fail-chapter.js`).handle(e),
  $apis.requireAuth("accounts"),
);
routerAdd(
  "POST",
  "/api/library/narration/publish",
  (e) => require(`${__hooks}/library/publish-narration.js`).handle(e),
  $apis.requireAuth("accounts"),
);
