// {} -> {counts: [{kind, status, n}]}, kept by triggers: its cost is the number of kinds, not of tasks.
const { rows } = require(`${__hooks}/taskqueue/request.js`);

const COUNTS = "SELECT json_object('kind', kind, 'status', status, 'n', n) AS j FROM task_counts WHERE n > 0";

const run = () => `{"counts":[${rows($app.db(), COUNTS, {}).join(",")}]}`;

module.exports = { roles: ["backend"], run, statements: { COUNTS } };
