// Statements that nearly every call runs, compiled once for all VMs and kept by database/sql on each connection:
// PocketBase compiles a statement for every call, which costs five times as much as running it for one task.

/** A statement with parameters {:name}, as database/sql wants it. */
const compile = (text) => {
  const names = [];
  const positional = text.replace(/\{:(\w+)\}/g, (_, name) => {
    if (!names.includes(name)) names.push(name);
    return `?${names.indexOf(name) + 1}`;
  });
  return { text, positional, names };
};

const keyOf = (pool, { positional }) => `taskqueue.${pool}.${positional}`;

/** Never while the store is locked, nor inside a transaction: both may have to wait for a connection. */
const keep = (key, database, { positional }) => {
  const made = database.prepare(positional);
  if ($app.store().getOrSet(key, () => made) !== made) made.close();
};

const inOrder = ({ names }, values) => names.map((name) => values[name]);

/** The one value of the one row that a read gives, as text. It takes no write lock. */
const read = (statement, values) => {
  const key = keyOf("read", statement);
  if (!$app.store().has(key)) keep(key, $app.concurrentDB().db(), statement);
  const found = nullString();
  $app
    .store()
    .get(key)
    .queryRow(...inOrder(statement, values))
    .scan(found);
  return String(found);
};

/**
 * As $app.runInTransaction, for hooks that write by SQL alone: `tx.db()` is PocketBase's way to run a statement,
 * `tx.compiled` ours. A write through `$app` inside it waits for ever. A statement's first call compiles it twice: what
 * a transaction compiles ends with it.
 */
const inTransaction = (work) => {
  const pool = $app.nonconcurrentDB();
  const transaction = pool.db().begin();
  const missing = [];
  const compiled = (statement) => {
    const kept = $app.store().get(keyOf("write", statement));
    if (kept) return transaction.stmt(kept);
    missing.push(statement);
    return transaction.prepare(statement.positional);
  };
  let isOver = false;
  let answer;
  try {
    const db = pool.wrap(transaction);
    answer = work({ db: () => db, compiled });
    isOver = true;
    transaction.commit();
  } finally {
    if (!isOver) transaction.rollback();
  }
  for (const statement of missing) keep(keyOf("write", statement), pool.db(), statement);
  return answer;
};

/** Runs a compiled statement in either kind of transaction; answers database/sql's result. */
const execute = (tx, statement, values) =>
  tx.compiled
    ? tx.compiled(statement).exec(...inOrder(statement, values))
    : tx.db().newQuery(statement.text).bind(values).execute();

const copyOf = (row, columns) => Object.fromEntries(columns.map((column) => [column, row[column]]));

/** The rows of a compiled statement, whose columns are those of `shape`, in its order: texts ("") and numbers (0). */
const select = (tx, statement, values, shape) => {
  const columns = Object.keys(shape);
  const out = [];
  if (!tx.compiled) {
    const found = arrayOf(new DynamicModel(shape));
    tx.db().newQuery(statement.text).bind(values).all(found);
    for (const row of found) out.push(copyOf(row, columns));
    return out;
  }
  const cells = columns.map(() => nullString());
  const rows = tx.compiled(statement).query(...inOrder(statement, values));
  try {
    while (rows.next()) {
      rows.scan(...cells);
      const row = {};
      for (let at = 0; at < columns.length; at += 1) {
        const text = String(cells[at]);
        row[columns[at]] = shape[columns[at]] === 0 ? Number(text) : text;
      }
      out.push(row);
    }
    if (rows.err()) throw rows.err();
  } finally {
    rows.close();
  }
  return out;
};

module.exports = { compile, read, inTransaction, execute, select };
