// {source, exact, items: [{nextAt, spec}]} makes or changes the items of one source. An unchanged schedule keeps its
// time; with `exact` the source's items that are not named go. All of it or, for an identifier of another source, nothing.
const { refusal } = require(`${__hooks}/taskqueue/refusal.js`);
const { bad, parse, rows, text, whole } = require(`${__hooks}/taskqueue/request.js`);

const MOST = 1000;
const SOURCES = ["file", "code", "api"];

const FOREIGN = `SELECT json_object('identifier', identifier, 'source', source) AS j FROM cron_items
  WHERE identifier IN (SELECT value->'spec'->>'identifier' FROM json_each({:items})) AND source <> {:source} LIMIT 1`;

const SAVE = `INSERT INTO cron_items (identifier, source, spec, paused, next_at, last_at, last_task, created_at, updated_at)
  SELECT value->'spec'->>'identifier', {:source}, value->'spec', 0, value->>'nextAt', 0, '', {:now}, {:now}
  FROM json_each({:items}) WHERE true
  ON CONFLICT (identifier) DO UPDATE SET spec = excluded.spec, updated_at = excluded.updated_at,
    next_at = iif(spec->>'schedule' = excluded.spec->>'schedule' AND spec->>'timeZone' = excluded.spec->>'timeZone',
      next_at, excluded.next_at)
  WHERE spec <> excluded.spec`;

const REMOVE_OTHERS = `DELETE FROM cron_items WHERE source = {:source}
  AND identifier NOT IN (SELECT value->'spec'->>'identifier' FROM json_each({:items}))`;

const checkItem = ({ spec, nextAt }) => {
  if (typeof spec !== "object" || spec === null) throw bad("spec must be an object");
  for (const name of ["identifier", "kind", "schedule", "timeZone"]) text(spec[name], name, 256);
  whole(nextAt, "nextAt", 0, 8.64e15);
};

const run = (body) => {
  const { source, exact, items } = parse(body);
  if (!SOURCES.includes(source)) throw bad(`source must be one of ${SOURCES.join(", ")}`);
  if (!Array.isArray(items) || items.length > MOST) throw bad(`items must be a list of at most ${MOST}`);
  for (const item of items) checkItem(item ?? {});
  const values = { source, items: JSON.stringify(items), now: Date.now() };
  $app.runInTransaction((tx) => {
    const [foreign] = rows(tx.db(), FOREIGN, { source, items: values.items }).map((text) => JSON.parse(text));
    if (foreign) {
      throw refusal(422, "CRON_INVALID", `The cron item ${foreign.identifier} comes from ${foreign.source}`, foreign);
    }
    tx.db().newQuery(SAVE).bind(values).execute();
    if (exact) tx.db().newQuery(REMOVE_OTHERS).bind({ source, items: values.items }).execute();
  });
  return "{}";
};

module.exports = { roles: ["backend", "runner"], run, statements: { FOREIGN, SAVE, REMOVE_OTHERS } };
