// Writes what happened to tasks into task_changes, in the transaction of what happened: one row a call. Statements that
// set `moves` have a trigger for it. Children that are added as pending are left out, and so are removed tasks: who
// reads the log later finds nothing under their rowids. How a row is read stands in changes.js.
const { compile, execute, read } = require(`${__hooks}/taskqueue/compiled.js`);

/** The log keeps at least so many rows, and all of the last ten minutes. */
const KEPT = 10_000;
const KEPT_MS = 600_000;
const FORGOTTEN_AT_ONCE = 10_000;

const LOG = "INSERT INTO task_changes (at, n, body) VALUES ({:now}, {:n}, {:body})";

/** A number that no log has reached: the milliseconds of the clock, beyond the last one in any case. */
const GO_ON = `INSERT INTO task_changes (seq, at, n, body)
  SELECT max(coalesce(max(seq), 0) + 1, {:now}), {:now}, 0, '[]' FROM task_changes`;

const IS_OLD = `SELECT coalesce((SELECT at FROM task_changes ORDER BY seq LIMIT 1) < {:horizon}, 0)`;
/** Of the oldest rows those that are over the time, but never one of the newest KEPT. */
const FORGET = `DELETE FROM task_changes WHERE seq < (SELECT seq FROM task_changes ORDER BY seq DESC LIMIT 1 OFFSET ${KEPT - 1})
  AND seq <= (SELECT max(seq) FROM (SELECT seq, at FROM task_changes ORDER BY seq LIMIT ${FORGOTTEN_AT_ONCE})
    WHERE at < {:horizon})`;

const [log, isOld, forget] = [LOG, IS_OLD, FORGET].map(compile);

const write = (tx, n, items, now) => {
  if (n > 0) execute(tx, log, { now, n, body: `[${items.join(",")}]` });
};

/** Tasks went to `status`: groups of {status, n, places}, where places are their `n` rowids, parted by commas. */
const logMoved = (tx, groups, now) => {
  const byStatus = {};
  for (const { status, n, places } of groups) {
    const those = (byStatus[status] ??= { n: 0, places: [] });
    those.n += n;
    those.places.push(places);
  }
  let first = 0;
  const items = [];
  for (const status in byStatus) {
    items.push(`[${first},"${status}",0,[${byStatus[status].places.join(",")}]]`);
    first += byStatus[status].n;
  }
  write(tx, first, items, now);
};

/** The last `added` tasks up to the rowid `last` were added as pending. */
const logAdded = (tx, { last, added, now }) => write(tx, added, [`[0,"pending",1,${last - added + 1},${last}]`], now);

/** The tasks of these rowids, a list, said how far they are. */
const logReports = (tx, places, now) => write(tx, places.length, [`[0,"running",2,[${places.join(",")}]]`], now);

/** When PocketBase starts; at the very first time there is no log yet, and its migration begins it. */
const goOn = () => {
  const isThere = $app.hasTable("task_changes");
  if (isThere) $app.nonconcurrentDB().newQuery(GO_ON).bind({ now: Date.now() }).execute();
};

/** What nobody will ask for any more; most calls only read. */
const forgetChanges = (now) => {
  const values = { horizon: now - KEPT_MS };
  if (read(isOld, values) === "1") $app.nonconcurrentDB().newQuery(forget.text).bind(values).execute();
};

module.exports = {
  logMoved,
  logAdded,
  logReports,
  goOn,
  forgetChanges,
  statements: { LOG, GO_ON, IS_OLD, FORGET },
};
