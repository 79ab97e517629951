// Tasks whose key is taken: what becomes of each is key-modes.js's word, and its statement is here. They are looked at
// one by one, in the order of the call, since a later one sees what an earlier one did.
const { decide } = require(`${__hooks}/taskqueue/key-modes.js`);
const { ALL, joinedPayload, rankOf, refuseWrong, withTurns } = require(`${__hooks}/taskqueue/new-task.js`);
const { bad } = require(`${__hooks}/taskqueue/request.js`);
const { TASK, LIVE } = require(`${__hooks}/taskqueue/task-row.js`);

const MOST_PAYLOAD_BYTES = 1024 * 1024;

const isTaken = (index, condition) =>
  `EXISTS (SELECT 1 FROM tasks t INDEXED BY ${index} WHERE t.key = item.key AND t.key <> '' AND t.${condition})`;
const FAILED = "status = 'failed'";
const MODE = "coalesce(task->>'keyMode', 'replace')";

/**
 * Tasks whose key the table or an earlier task of the call has, but for those that came with an id that is there.
 * `live` 0: a failed one has it, and nobody else. What else they say is read of these alone.
 */
const TAKEN = `SELECT at, task->>'kind' AS kind, coalesce(task->>'lane', 'default') AS lane, key, ${MODE} AS mode,
    coalesce(task->>'priority', 0) AS priority, live, failed, task AS j
  FROM (SELECT at, task, id, key, nth > 1 OR ${isTaken("tasks_live_key", LIVE)} AS live,
      ${isTaken("tasks_failed_key", FAILED)} AND ${MODE} NOT LIKE 'keep%' AS failed
    FROM (SELECT *, row_number() OVER (PARTITION BY key ORDER BY at) AS nth
      FROM (SELECT at, task, parsed->>'id' AS id, parsed->>'key' AS key
        FROM (SELECT key AS at, value AS task, jsonb(value) AS parsed FROM json_each({:tasks}) LIMIT -1) LIMIT -1)
      WHERE key <> '') item LIMIT -1) item
  WHERE (live OR failed) AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.id = item.id) ORDER BY at`;

/** The live one (place 0), the one behind it (1) and the last that failed (2). */
const HOLDER = `id, status, kind, lane, priority, parent, ${TASK} AS j FROM tasks`;
const HOLDERS = `SELECT * FROM (SELECT behind AS place, ${HOLDER} INDEXED BY tasks_live_key
    WHERE key = {:key} AND key <> '' AND ${LIVE} ORDER BY behind)
  UNION ALL SELECT * FROM (SELECT 2 AS place, ${HOLDER} INDEXED BY tasks_failed_key
    WHERE key = {:key} AND key <> '' AND ${FAILED} ORDER BY rowid DESC LIMIT 1)`;

/** New work in the place of the old, whose key, status and parent stay; what it had achieved or spent goes. */
const OVERWRITE = `UPDATE tasks SET kind = n.kind, lane = n.lane, priority = n.priority, run_at = n.run_at,
    due = (tasks.behind = 0 AND n.run_at <= {:now}), payload = n.payload, max_attempts = n.max_attempts,
    flags = n.flags, grp = n.grp, turn = n.turn, rank = ${rankOf("n.turn", "n.priority", "n.run_at")},
    on_child_failure = n.on_child_failure, created_by = n.created_by, then_run = 0, continuation = 0, with_children = 0,
    attempts = 0, crashes = 0, error = NULL, progress = NULL, checkpoint = NULL, waiting_for = '',
    revision = tasks.revision + 1, updated_at = {:now}, moves = tasks.moves + 1
  FROM (SELECT i.kind, i.lane, i.priority, i.max_attempts, i.flags, i.grp, i.turn, i.on_child_failure, i.created_by,
      iif({:mode} = 'preserve_run_at' AND t.attempts = 0, t.run_at, i.run_at) AS run_at,
      ${joinedPayload("t.payload", "i.payload")} AS payload
    FROM (${withTurns(ALL)}) i CROSS JOIN tasks t WHERE t.id = {:id}) n
  WHERE tasks.id = {:id} RETURNING octet_length(tasks.payload) AS bytes, ${TASK} AS j`;

const GROUP_OF = "SELECT iif(grp = '', id, grp) AS j FROM tasks WHERE id = {:id}";
const MAKE_LANE = "INSERT INTO lanes (name) VALUES ({:lane}) ON CONFLICT (name) DO NOTHING";
const SAVE_GROUP = `INSERT INTO task_groups (grp, next) SELECT grp, turn + 1 FROM tasks WHERE id = {:id} AND grp <> ''
  ON CONFLICT DO UPDATE SET next = max(next, excluded.next)`;
/** The triggers count by status: a task whose kind changes is counted here. */
const RECOUNT = `INSERT INTO task_counts (kind, status, n)
  SELECT {:from}, {:status}, -1 WHERE true UNION ALL SELECT {:to}, {:status}, 1 WHERE true
  ON CONFLICT DO UPDATE SET n = n + excluded.n`;

/** One that is held goes on to its end without the key, and is not tried again; one that waits keeps its last try. */
const RELEASE = `UPDATE tasks SET key = '', updated_at = {:now},
  attempts = max(attempts, max_attempts - (status IN ('pending', 'paused'))) WHERE id = {:id}`;
const RELEASE_FAILED = `UPDATE tasks SET key = '', updated_at = {:now} WHERE rowid IN (
  SELECT t.rowid FROM json_each({:keys}) k CROSS JOIN tasks t INDEXED BY tasks_failed_key
  WHERE t.key = k.value AND t.key <> '' AND t.${FAILED})`;
const TOUCH = `UPDATE tasks SET revision = revision + 1, updated_at = {:now} WHERE id = {:id} RETURNING ${TASK} AS j`;
const RAISE = `UPDATE tasks SET priority = {:priority}, rank = rank + 100 * ({:priority} - priority),
  updated_at = {:now} WHERE id = {:id} RETURNING ${TASK} AS j`;

const TEXT = { j: "" };
const TAKEN_SHAPE = { at: 0, kind: "", lane: "", key: "", mode: "", priority: 0, live: 0, failed: 0, j: "" };
const HOLDER_SHAPE = { place: 0, id: "", status: "", kind: "", lane: "", priority: 0, parent: "", j: "" };

/** Runs statements that are compiled once each: for a thousand keys that is a sixth of the time. They end with `tx`. */
const preparing = (tx) => {
  const queries = {};
  return (statement, values, shape = TEXT) => {
    const found = arrayOf(new DynamicModel(shape));
    queries[statement] ??= tx.db().newQuery(statement).prepare();
    queries[statement].bind(values).all(found);
    const out = [];
    for (const row of found) out.push(row);
    return out;
  };
};

const replaces = ({ mode }) => mode === "replace" || mode === "preserve_run_at";

const releaseFailed = (ask, keys, now) => ask(RELEASE_FAILED, { keys: JSON.stringify(keys), now });

/**
 * The tasks of the list that cannot simply be added, in its order. Where a failed one alone has the key of one that
 * replaces, it loses it, and the new one can be added like all others.
 */
const findTaken = (tx, values) => {
  const ask = preparing(tx);
  const found = ask(TAKEN, { tasks: values.tasks }, TAKEN_SHAPE);
  if (found.length === 0) return found;
  refuseWrong(tx, values);
  const isOrphaned = (one) => !one.live && replaces(one);
  const orphaned = found.filter(isOrphaned).map(({ key }) => key);
  if (orphaned.length > 0) releaseFailed(ask, orphaned, values.now);
  return found.filter((one) => !isOrphaned(one));
};

const findHolders = (ask, key) => {
  const places = [null, null, null];
  for (const row of ask(HOLDERS, { key }, HOLDER_SHAPE)) places[row.place] = row;
  const [front, behind, failed] = places;
  return { front, behind, failed };
};

/** It stays its own parent's, whose group is the default of the new work too. */
const overwrite = (ask, task, { kind, lane, mode }, { tasks, now }) => {
  const group = task.parent === "" ? "" : (ask(GROUP_OF, { id: task.parent })[0]?.j ?? "");
  if (lane !== task.lane) ask(MAKE_LANE, { lane });
  const values = { tasks, now, group, mode, id: task.id };
  const [after] = ask(OVERWRITE, values, { bytes: 0, j: "" });
  if (after.bytes > MOST_PAYLOAD_BYTES) throw bad("The two payloads together are over 1 MiB");
  ask(SAVE_GROUP, { id: task.id });
  if (kind !== task.kind) ask(RECOUNT, { from: task.kind, to: kind, status: task.status });
  return after.j;
};

/** Answers the task that was there, as it is now, as JSON text; null when the new one was added after all. */
const addOne = (ask, one, now, insert) => {
  const tasks = `[${one.j}]`;
  for (;;) {
    const holders = findHolders(ask, one.key);
    const { type, task, behind } = decide(one.mode, holders, one.priority);
    if (holders.failed && replaces(one)) releaseFailed(ask, [one.key], now);
    if (type === "add") {
      insert({ tasks, behind });
      return null;
    }
    if (type === "keep") return task.j;
    if (type === "touch") return ask(TOUCH, { id: task.id, now })[0].j;
    if (type === "raise") return ask(RAISE, { id: task.id, now, priority: one.priority })[0].j;
    if (type === "overwrite") return overwrite(ask, task, one, { tasks, now });
    // Released: whoever stood behind it has come forward, and is overwritten next.
    ask(RELEASE, { id: task.id, now });
  }
};

/** Answers those that were there, as JSON texts {index, task}. */
const addTaken = (tx, taken, { now }, insert) => {
  const ask = preparing(tx);
  const existing = [];
  for (const one of taken) {
    const task = addOne(ask, one, now, insert);
    if (task !== null) existing.push(`{"index":${one.at},"task":${task}}`);
  }
  return existing;
};

module.exports = {
  preparing,
  findHolders,
  findTaken,
  addTaken,
  statements: { TAKEN, HOLDERS, OVERWRITE, GROUP_OF, SAVE_GROUP, RELEASE, RELEASE_FAILED, TOUCH, RAISE },
};
