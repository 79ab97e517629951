// A cron item as the adapter reads it: its spec, and beside it what the clock needs. Times in ms, 0 and '' for none.
const CRON_ITEM = `json_object('spec', json(spec), 'source', source, 'paused', paused, 'nextAt', next_at,
  'lastAt', last_at, 'lastTask', last_task)`;

module.exports = { CRON_ITEM };
