// {name, concurrency (0: no limit), gapMs, rateCount (0: no limit), rateMs} makes the lane or changes its limits. A new
// rate begins with a full bucket.
const { parse, text, whole, DAY_MS } = require(`${__hooks}/taskqueue/request.js`);
const { signal } = require(`${__hooks}/taskqueue/signal.js`);

const CONFIGURE = `INSERT INTO lanes (name, concurrency, gap_ms, rate_count, rate_ms)
  VALUES ({:name}, {:concurrency}, {:gapMs}, {:rateCount}, {:rateMs})
  ON CONFLICT (name) DO UPDATE SET concurrency = excluded.concurrency, gap_ms = excluded.gap_ms,
    rate_count = excluded.rate_count, rate_ms = excluded.rate_ms,
    rate_tat = iif(rate_count = excluded.rate_count AND rate_ms = excluded.rate_ms, rate_tat, 0)
  WHERE concurrency <> excluded.concurrency OR gap_ms <> excluded.gap_ms OR rate_count <> excluded.rate_count
    OR rate_ms <> excluded.rate_ms`;

const run = (body) => {
  const request = parse(body);
  const rateCount = whole(request.rateCount ?? 0, "rateCount", 0, 100_000);
  const result = $app
    .nonconcurrentDB()
    .newQuery(CONFIGURE)
    .bind({
      name: text(request.name, "name", 300),
      concurrency: whole(request.concurrency, "concurrency", 0, 1_000_000),
      gapMs: whole(request.gapMs, "gapMs", 0, DAY_MS),
      rateCount,
      rateMs: rateCount > 0 ? whole(request.rateMs, "rateMs", 1, DAY_MS) : 0,
    })
    .execute();
  if (result.rowsAffected() > 0) signal("work");
  return "{}";
};

module.exports = { roles: ["backend", "runner"], run, statements: { CONFIGURE } };
