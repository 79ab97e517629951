// One shape for all routes: a file exports `roles` (who may call it) and `run(text, role)`, which takes the request's
// body as JSON text and answers with JSON text. Bodies of many rows go to SQLite as they came: taking them apart in the
// VM would cost more than the statement. `statements` are exported for the test of query plans and for the bench.
const LARGEST_BODY = 32 * 1024 * 1024;
const NAMES = new Set([
  "add",
  "add-tree",
  "claim",
  "heartbeat",
  "settle",
  "cancel",
  "reap",
  "find",
  "find-by-key",
  "list",
  "children",
  "roll-up",
  "changes",
  "counts",
  "lane-configure",
  "lane-reserve",
  "lane-block",
  "lane-list",
  "runner-list",
  "runner-leave",
  "runner-release",
  "remove-by-key",
  "act",
  "why",
  "log-list",
  "prune",
  "lane-pause",
  "lane-resume",
  "lane-drain",
  "define",
  "definition-list",
  "definition-set",
  "cron-save",
  "cron-list",
  "cron-due",
  "cron-fire",
  "cron-set",
]);

const refuse = (e, status, code, message, details) => e.json(status, { code, message, details: details ?? {} });

/** What SQLite says when it could not write (busy, locked, I/O, full): nothing was, and the same call may work later. */
const isUnwritable = (error) => [5, 6, 10, 13].includes(Number(/\((\d+)\)$/.exec(String(error))?.[1]) & 255);

const serve = (e) => {
  const name = e.request.pathValue("name");
  if (!NAMES.has(name)) return refuse(e, 404, "ROUTE_NOT_FOUND", `The queue has no ${name}`);
  const { roles, run } = require(`${__hooks}/taskqueue/${name}.js`);
  const role = e.auth.getString("role");
  if (!roles.includes(role)) return refuse(e, 403, "FORBIDDEN", `${name} is not for the role ${role}`);
  const { hintChanges } = require(`${__hooks}/taskqueue/change-hint.js`);
  const { asRefusal } = require(`${__hooks}/taskqueue/refusal.js`);
  const { asBadJson } = require(`${__hooks}/taskqueue/request.js`);
  try {
    const answer = run(toString(e.request.body, LARGEST_BODY) || "{}", role);
    if (name !== "changes") hintChanges();
    return e.blob(200, "application/json", answer);
  } catch (error) {
    const refusal = asRefusal(error) ?? asBadJson(error);
    if (refusal === null && isUnwritable(error)) {
      return refuse(e, 503, "STORE_UNREACHABLE", "PocketBase cannot write now");
    }
    if (refusal === null) throw error;
    return refuse(e, refusal.status, refusal.code, refusal.message, refusal.details);
  }
};

module.exports = { serve };
