// The statements of an operator's actions, over {:ids}, a JSON list. Each looks at the status again; `moves` lets the
// triggers account. They answer the changed tasks: id, and in `up` the parent when one ended.
const { rankOf } = require(`${__hooks}/taskqueue/new-task.js`);
const { LIVE } = require(`${__hooks}/taskqueue/task-row.js`);

const update = (statuses, set, answer = "'' AS up") => `UPDATE tasks SET ${set}, updated_at = {:now}, moves = moves + 1
  WHERE id IN (SELECT value FROM json_each({:ids})) AND +status IN (${statuses}) RETURNING id AS j, ${answer}`;

const ENDS = "waiting_for = '', finished_at = {:now}";
const COMPLETE = update(
  "'pending', 'paused', 'failed', 'cancelled'",
  `status = 'done', result = {:action}->'result', error = NULL, checkpoint = NULL, ${ENDS}`,
  "parent AS up",
);

const ERROR = "json_object('code', 'FAILED_BY_OPERATOR', 'message', {:action}->>'reason', 'details', json_object())";
const FAIL = update("'pending', 'paused'", `status = 'failed', error = ${ERROR}, ${ENDS}`, "parent AS up");

const HOLD = update("'pending'", "status = 'paused'");
const RESUME = update("'paused'", "status = 'pending', due = (behind = 0 AND run_at <= {:now})");

const given = (name, column) => `coalesce({:action}->>'${name}', ${column})`;
/** A task that may run has an attempt left, whatever is given. */
const ADJUST = update(
  // Those that wait were reopened by the same call.
  "'pending', 'paused', 'waiting'",
  `run_at = ${given("runAt", "run_at")}, due = (behind = 0 AND ${given("runAt", "run_at")} <= {:now}),
    priority = ${given("priority", "priority")},
    rank = ${rankOf("turn", given("priority", "priority"), given("runAt", "run_at"))},
    max_attempts = ${given("maxAttempts", "max_attempts")},
    attempts = min(${given("attempts", "attempts")}, ${given("maxAttempts", "max_attempts")} - 1), waiting_for = ''`,
);

const isKeyFree = (task) => `(${task}.key = '' OR NOT EXISTS (SELECT 1 FROM tasks h INDEXED BY tasks_live_key
    WHERE h.key = ${task}.key AND h.key <> '' AND h.${LIVE}))`;

/** Added with its children, and not for what its own handler did after them: they are tried again, and it waits. */
const isForChildren = (task) =>
  `(${task}.with_children = 1 AND (${task}.continuation = 0 OR ${task}.error->>'code' IS 'CHILDREN_FAILED'))`;

/** Such a one, whose children have been tried again one by one since: none that failed or was cancelled is left. */
const isJudgedAnew = (task) => `(${isForChildren(task)} AND ${task}.child_failed + ${task}.child_cancelled = 0)`;

/** Parents some of whose children are tried again: what they did themselves is kept. */
const REOPEN = update(
  "'done', 'failed', 'cancelled'",
  `status = 'waiting', attempts = 0, crashes = 0, error = NULL, continuation = 0, behind = 0, waiting_for = '',
    finished_at = 0, cancel_requested_at = 0`,
);

/**
 * From the start, but for one that was added with its children. As tasks that are added now: with the turn that a new
 * task of their group gets, since with their old ones a thousand would go before all others. Of those with the same key the first comes back.
 */
const REDRIVE = `UPDATE tasks SET status = 'pending', attempts = 0, crashes = 0, run_at = {:now}, due = 1, behind = 0,
    turn = r.turn, rank = ${rankOf("r.turn", "priority", "{:now}")}, runner = '', waiting_for = '', finished_at = 0,
    then_run = iif(with_children, then_run, 0), continuation = iif(with_children, continuation, 0),
    cancel_requested_at = 0, updated_at = {:now}, moves = moves + 1
  FROM (SELECT place, max(now_turn, coalesce((SELECT next FROM task_groups g WHERE g.grp = e.grp AND e.grp <> ''), 0))
      + iif(grp = '', 0, row_number() OVER (PARTITION BY grp ORDER BY place) - 1) AS turn
    FROM (SELECT t.rowid AS place, t.grp,
        row_number() OVER (PARTITION BY t.key, iif(t.key = '', t.rowid, 0) ORDER BY t.rowid) AS nth
      FROM json_each({:ids}) i CROSS JOIN tasks t WHERE t.id = i.value AND t.status IN ('failed', 'cancelled')
        AND NOT ${isForChildren("t")} AND ${isKeyFree("t")} LIMIT -1) e
    CROSS JOIN (SELECT coalesce(max(turn), 0) AS now_turn FROM lanes) WHERE nth = 1) r
  WHERE tasks.rowid = r.place RETURNING id AS j, '' AS up`;
const TAKE_TURNS = `INSERT INTO task_groups (grp, next)
  SELECT grp, max(turn) + 1 FROM tasks WHERE id IN (SELECT value FROM json_each({:ids})) AND +grp <> '' GROUP BY grp
  ON CONFLICT (grp) DO UPDATE SET next = max(next, excluded.next)`;

module.exports = {
  isKeyFree,
  isForChildren,
  isJudgedAnew,
  statements: { COMPLETE, FAIL, HOLD, RESUME, ADJUST, REOPEN, REDRIVE, TAKE_TURNS },
};
