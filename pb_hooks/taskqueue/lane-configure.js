// {name, concurrency (0: no limit), gapMs} makes the lane or changes its limits.
const { parse, text, whole, DAY_MS } = require(`${__hooks}/taskqueue/request.js`);
const { signal } = require(`${__hooks}/taskqueue/signal.js`);

const CONFIGURE = `INSERT INTO lanes (name, concurrency, gap_ms) VALUES ({:name}, {:concurrency}, {:gapMs})
  ON CONFLICT (name) DO UPDATE SET concurrency = excluded.concurrency, gap_ms = excluded.gap_ms
  WHERE concurrency <> excluded.concurrency OR gap_ms <> excluded.gap_ms`;

const run = (body) => {
  const request = parse(body);
  const result = $app
    .nonconcurrentDB()
    .newQuery(CONFIGURE)
    .bind({
      name: text(request.name, "name", 300),
      concurrency: whole(request.concurrency, "concurrency", 0, 1_000_000),
      gapMs: whole(request.gapMs, "gapMs", 0, DAY_MS),
    })
    .execute();
  if (result.rowsAffected() > 0) signal("work");
  return "{}";
};

module.exports = { roles: ["backend", "runner"], run, statements: { CONFIGURE } };
