// Telling those who follow the log of changes (changes.js) that it has grown: one small record is saved, only while
// somebody follows, and at most every 50 ms. Whoever is told looks once more a little later, for what came in between.
const { compile, read } = require(`${__hooks}/taskqueue/compiled.js`);

const LEAST_GAP_MS = 50;
const FOLLOWED_FOR_MS = 60_000;

const [UNTIL, SAID, SAID_AT] = ["until", "said", "saidAt"].map((name) => `taskqueue.changes.${name}`);

const HEAD = "SELECT max(seq) FROM task_changes";
const head = compile(HEAD);

const keepFollowing = () => $app.store().set(UNTIL, Date.now() + FOLLOWED_FOR_MS);

/** After a route's call. Never throws: a lost hint costs a poll's delay, not the call that was already committed. */
const hintChanges = () => {
  const store = $app.store();
  const now = Date.now();
  if ((store.get(UNTIL) ?? 0) < now || now - (store.get(SAID_AT) ?? 0) < LEAST_GAP_MS) return;
  try {
    const seq = Number(read(head, {}));
    if (seq === store.get(SAID)) return;
    store.set(SAID, seq);
    store.set(SAID_AT, now);
    const record = $app.findFirstRecordByFilter("change_hints", "");
    record.set("seq", seq);
    $app.save(record);
  } catch (error) {
    $app.logger().warn("taskqueue: no hint of changes sent", "error", String(error));
  }
};

module.exports = { keepFollowing, hintChanges, statements: { HEAD } };
