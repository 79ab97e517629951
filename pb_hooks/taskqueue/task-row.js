// A task as the adapter reads it: times in ms (0: not yet), empty text for none. Built by SQLite as JSON text, which is
// far cheaper than carrying the columns through the VM.
const POLICY = "iif(on_child_failure = '', 'fail', on_child_failure)";

const TASK = `json_object(
  'id', id, 'kind', kind, 'lane', lane, 'key', key, 'status', status, 'priority', priority, 'runAt', run_at,
  'revision', revision, 'flags', json(iif(flags = '', '[]', flags)), 'group', grp, 'turn', turn, 'rank', rank,
  'behind', behind, 'payload', json(payload), 'attempts', attempts, 'maxAttempts', max_attempts, 'crashes', crashes,
  'lease', lease, 'leaseUntil', lease_until, 'deadline', deadline, 'runner', runner, 'parent', parent,
  'childTotal', child_total, 'childDone', child_done, 'childFailed', child_failed, 'childCancelled', child_cancelled,
  'failedBefore', failed_before, 'cancelledBefore', cancelled_before, 'onChildFailure', ${POLICY}, 'thenRun', then_run,
  'continuation', continuation, 'withChildren', with_children, 'createdBy', created_by, 'progress', json(progress),
  'checkpoint', json(checkpoint), 'result', json(result), 'error', json(error), 'waitingFor', waiting_for,
  'createdAt', created_at, 'updatedAt', updated_at, 'startedAt', started_at, 'finishedAt', finished_at,
  'cancelRequestedAt', cancel_requested_at)`;

/** As the index tasks_live_key has it, word for word. */
const LIVE = "status IN ('pending', 'running', 'waiting', 'cancelling', 'paused')";

module.exports = { TASK, POLICY, LIVE };
