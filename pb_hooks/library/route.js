// What every route of the library does alike: who may call it, its body, its answer.
const BODY_BYTES = 32 * 1024 * 1024;

/** `{code, message, details}`, as everywhere in Chapterhouse. */
const refuse = (e, status, code, message) => e.json(status, { code, message, details: {} });

const readBody = (e) => JSON.parse(toString(e.request.body, BODY_BYTES));

/** SQL builds the JSON; moving it through the VM field by field would cost several times the query. */
const answer = (e, json) => e.blob(200, "application/json", json ?? "null");

/** The one JSON text that `sql` selects as `j`, or null without a row. `db` is $app.db() or a transaction's. */
const selectJson = (db, sql, params) => {
  const rows = arrayOf(new DynamicModel({ j: "" }));
  db.newQuery(sql).bind(params).all(rows);
  return rows.length > 0 ? rows[0].j : null;
};

const execute = (tx, sql, params) => tx.db().newQuery(sql).bind(params).execute();

const LOST = { status: 409, code: "LEASE_LOST", message: "The lease is no longer this task's" };

/** Whether `fence` is the lease of a task that runs. Inside the transaction that writes, or it proves nothing. */
const isLive = (tx, fence) =>
  selectJson(
    tx.db(),
    `SELECT '1' AS j FROM tasks WHERE id = {:id} AND lease = {:lease} AND status IN ('running', 'cancelling')`,
    { id: String(fence?.taskId ?? ""), lease: Number(fence?.lease ?? -1) },
  ) !== null;

/**
 * One fenced write of a runner: a transaction that checks the lease first. `write(tx, body)` returns the answer's JSON
 * text, or `{status, code, message}` to refuse (then it must not have written). Never uses $app inside: a write
 * through it would wait for ever for this transaction.
 */
const fencedWrite = (e, write) => {
  if (e.auth.getString("role") !== "runner") return refuse(e, 403, "FORBIDDEN", "Only a runner publishes");
  const body = readBody(e);
  let result = LOST;
  $app.runInTransaction((tx) => {
    if (isLive(tx, body.fence)) result = write(tx, body);
  });
  if (typeof result === "string") return answer(e, result);
  return refuse(e, result.status, result.code, result.message);
};

/** Counters are counted anew by each write that may change them: an index scan of one book, exact by construction. */
const recount = (tx, book) =>
  execute(
    tx,
    `UPDATE books SET
       listed = (SELECT COUNT(*) FROM chapters WHERE book = {:book} AND number > 0),
       stored = (SELECT COUNT(*) FROM chapters WHERE book = {:book} AND state = 'stored'),
       failed = (SELECT COUNT(*) FROM chapters WHERE book = {:book} AND state = 'failed'),
       narrations = (SELECT COUNT(*) FROM narrations WHERE book = {:book} AND state = 'published')
     WHERE id = {:book}`,
    { book },
  );

const touch = (tx, book, now) => execute(tx, "UPDATE books SET updated_at = {:now} WHERE id = {:book}", { book, now });

const NO_BOOK = { status: 404, code: "BOOK_NOT_FOUND", message: "No such book" };
const NO_CHAPTER = { status: 404, code: "CHAPTER_NOT_FOUND", message: "No such chapter" };
const bad = (message) => ({ status: 400, code: "BAD_REQUEST", message });

module.exports = {
  answer,
  bad,
  execute,
  fencedWrite,
  readBody,
  recount,
  refuse,
  selectJson,
  touch,
  NO_BOOK,
  NO_CHAPTER,
};
