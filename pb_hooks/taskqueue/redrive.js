// Tries ended tasks again, in the order of their addition, parents before what is below them: those that come together go
// in one transaction, and each that waits for its children again (retry-children.js) in its own. At most ten thousand tasks are tried again below them a call; who is
// over that is not changed, and may be asked for again.
const { isForChildren, statements } = require(`${__hooks}/taskqueue/operator-updates.js`);
const { rows } = require(`${__hooks}/taskqueue/request.js`);
const { retrySome } = require(`${__hooks}/taskqueue/retry-children.js`);

const MOST_BELOW = 10_000;

const IN_ORDER = `SELECT t.id AS j FROM json_each({:ids}) i CROSS JOIN tasks t WHERE t.id = i.value ORDER BY t.rowid`;

const FOR_CHILDREN = `SELECT t.id AS j FROM json_each({:ids}) i CROSS JOIN tasks t
  WHERE t.id = i.value AND t.status IN ('failed', 'cancelled') AND ${isForChildren("t")}`;

const inTransaction = (work) => {
  let answer;
  $app.runInTransaction((tx) => {
    answer = work(tx);
  });
  return answer;
};

const inOrder = (ids) => rows($app.db(), IN_ORDER, { ids: JSON.stringify(ids) });

const redriveSome = (tx, ids, now) => {
  const redriven = rows(tx.db(), statements.REDRIVE, { ids: JSON.stringify(ids), now });
  tx.db()
    .newQuery(statements.TAKE_TURNS)
    .bind({ ids: JSON.stringify(redriven) })
    .execute();
  return redriven;
};

/** Below one task after the other; `retry(id)` answers whether anything was changed. */
const retrier = (asked, andThen = () => {}) => {
  let left = MOST_BELOW;
  return (id) => {
    let isAnyChanged = false;
    let isMore = true;
    while (isMore && left > 0) {
      const { isChanged, tried, more } = inTransaction((tx) => {
        const some = retrySome(tx, id, asked);
        if (some.isChanged) andThen(tx, [id]);
        return some;
      });
      if (isChanged) isAnyChanged = true;
      isMore = more;
      left -= tried;
    }
    return isAnyChanged;
  };
};

/** Answers the ids of those below which something is tried again. */
const retryAll = (ids, now, cancelled) => inOrder(ids).filter(retrier({ now, cancelled, anew: false }));

/** `andThen(tx, ids)` in the transaction that redrove those, or passed them over; it answers those that changed. */
const redriveAll = (ids, now, andThen = null) => {
  const forChildren = new Set(rows($app.db(), FOR_CHILDREN, { ids: JSON.stringify(ids) }));
  const retry = retrier({ now, cancelled: true, anew: true }, andThen ?? undefined);
  const changed = [];
  let together = [];
  const redriveThose = () => {
    if (together.length === 0) return;
    const some = together;
    together = [];
    const done = inTransaction((tx) => {
      const redriven = redriveSome(tx, some, now);
      return andThen === null ? redriven : andThen(tx, some);
    });
    changed.push(...done);
  };
  for (const id of inOrder(ids)) {
    if (!forChildren.has(id)) {
      together.push(id);
      continue;
    }
    redriveThose();
    if (retry(id)) changed.push(id);
  }
  redriveThose();
  return changed;
};

module.exports = { redriveAll, retryAll, statements: { IN_ORDER, FOR_CHILDREN } };
