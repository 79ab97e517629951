// {name, gapMs} -> {at}: the lane's next free slot. Slots are at least gapMs apart, and never closer than the lane's own
// gap, over all runners: this one row is the clock of all requests to a site.
const { parse, rows, text, whole, DAY_MS } = require(`${__hooks}/taskqueue/request.js`);

const RESERVE = `INSERT INTO lanes (name, next_at) VALUES ({:name}, {:now} + {:gapMs})
  ON CONFLICT (name) DO UPDATE SET next_at = max(next_at, {:now}) + max({:gapMs}, gap_ms)
  RETURNING next_at - max({:gapMs}, gap_ms) AS j`;

const run = (body) => {
  const request = parse(body);
  const name = text(request.name, "name", 300);
  const gapMs = whole(request.gapMs, "gapMs", 0, DAY_MS);
  const [at] = rows($app.nonconcurrentDB(), RESERVE, { name, gapMs, now: Date.now() });
  return `{"at":${at}}`;
};

module.exports = { roles: ["runner"], run, statements: { RESERVE } };
