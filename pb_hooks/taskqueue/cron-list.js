// {} -> {items}, by identifier.
const { CRON_ITEM } = require(`${__hooks}/taskqueue/cron-item.js`);
const { rows } = require(`${__hooks}/taskqueue/request.js`);

const LIST = `SELECT ${CRON_ITEM} AS j FROM cron_items ORDER BY identifier`;

const run = () => `{"items":[${rows($app.db(), LIST, {}).join(",")}]}`;

module.exports = { roles: ["backend", "runner"], run, statements: { LIST } };
