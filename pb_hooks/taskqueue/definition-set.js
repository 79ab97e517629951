// {kind, disabled?: boolean, removed?: boolean} -> {definition}: what is given is changed. Waiting tasks of the kind may
// become claimable by it, so runners are woken.
const { DEFINITION } = require(`${__hooks}/taskqueue/definition-row.js`);
const { refusal } = require(`${__hooks}/taskqueue/refusal.js`);
const { bad, parse, rows, text } = require(`${__hooks}/taskqueue/request.js`);
const { signal } = require(`${__hooks}/taskqueue/signal.js`);

const SET = `UPDATE definitions SET disabled = coalesce({:disabled}, disabled),
    removed_at = CASE {:removed} WHEN 1 THEN iif(removed_at = 0, {:now}, removed_at) WHEN 0 THEN 0 ELSE removed_at END,
    updated_at = {:now}
  WHERE kind = {:kind} RETURNING ${DEFINITION} AS j`;

/** 1, 0, or null when it is not said. */
const flag = (value, name) => {
  if (value === undefined) return null;
  if (typeof value !== "boolean") throw bad(`${name} must be true or false`);
  return value ? 1 : 0;
};

const run = (body) => {
  const request = parse(body);
  const kind = text(request.kind, "kind", 128);
  const disabled = flag(request.disabled, "disabled");
  const removed = flag(request.removed, "removed");
  const [definition] = rows($app.nonconcurrentDB(), SET, { kind, disabled, removed, now: Date.now() });
  if (definition === undefined) {
    throw refusal(404, "DEFINITION_NOT_FOUND", `There is no definition of ${kind}`, { kind });
  }
  signal("work");
  return `{"definition":${definition}}`;
};

module.exports = { roles: ["backend"], run, statements: { SET } };
