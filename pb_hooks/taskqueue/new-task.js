// New tasks as SQL reads them from {:tasks}, a JSON list as the add route has it: what each says, what is wrong with it,
// and its turn. The rules are those of packages/taskqueue/src/validate-task.ts; here they hold for everybody who calls.
// PocketBase compiles a statement for every call, and each field that is read of each task costs: so a statement reads
// only the fields that some task says.
const { refusal } = require(`${__hooks}/taskqueue/refusal.js`);
const { rows } = require(`${__hooks}/taskqueue/request.js`);

const MOST = 20_000;

/** Sorted and each once, so that equal sets are equal texts; '' for none, NULL when one of them is not valid. */
const FLAGS = `iif(coalesce(one.value->'flags', '[]') IN ('[]', 'null'), '',
    (SELECT iif(count(*) <= 20 AND sum(type <> 'text' OR length(value) NOT BETWEEN 1 AND 64) = 0,
      json_group_array(DISTINCT value ORDER BY value)) FROM json_each(one.value->'flags')))`;

const isWhole = (column, least, most) => `typeof(${column}) = 'integer' AND ${column} BETWEEN ${least} AND ${most}`;
const said = (field, usual) => `coalesce(value->>'${field}', ${usual})`;

/**
 * In the order in which they are told. `usual`: what a task has that does not say it, as in
 * packages/taskqueue/src/task-row.ts; fields without it must be said. A number or a list in the place of a text counts
 * as its text.
 */
const FIELDS = {
  id: { column: "id", read: "value->>'id'", rule: "length(id) BETWEEN 15 AND 32 AND id NOT GLOB '*[^a-z0-9]*'" },
  kind: { column: "kind", read: "value->>'kind'", rule: "length(kind) BETWEEN 1 AND 128" },
  lane: { column: "lane", usual: "'default'", rule: "length(lane) BETWEEN 1 AND 128" },
  key: { column: "key", usual: "''", rule: "length(key) <= 512" },
  keyMode: {
    column: "mode",
    usual: "'replace'",
    rule: "mode IN ('replace', 'preserve_run_at', 'unsafe_dedupe', 'keep_first', 'keep_last')",
  },
  maxAttempts: { column: "max_attempts", usual: "5", rule: isWhole("max_attempts", 1, 1000) },
  priority: { column: "priority", usual: "0", rule: isWhole("priority", -1_000_000, 1_000_000) },
  runAt: { column: "run_at", usual: "{:now}", rule: isWhole("run_at", 0, 8_640_000_000_000_000) },
  flags: { column: "flags", usual: "''", read: FLAGS, rule: "flags NOTNULL" },
  group: { column: "grp", usual: "{:group}", rule: "length(grp) <= 128" },
  onChildFailure: {
    column: "on_child_failure",
    usual: "''",
    read: said("onChildFailure", "'fail'"),
    rule: "on_child_failure IN ('fail', 'finish_with_errors', 'ignore')",
  },
  createdBy: { column: "created_by", usual: "''", rule: "length(created_by) <= 160" },
  payload: {
    column: "payload",
    read: "value->'payload'",
    rule: "substr(payload, 1, 1) IN ('{', '[') AND octet_length(payload) <= 1048576",
  },
};

const ALL = Object.keys(FIELDS);

/** Of a tree (add-tree.js) each task also says whose child it is, and what its group is when it names none. */
const IN_TREE = {
  ...FIELDS,
  group: { ...FIELDS.group, read: "coalesce(value->>'group', value->>'family', '')" },
  parent: { column: "parent", read: said("parent", "''"), rule: "length(parent) <= 32" },
};
const TREE_FIELDS = Object.keys(IN_TREE).filter((field) => IN_TREE[field] !== FIELDS[field]);
const fieldsOf = (fields) => (fields.includes("parent") ? IN_TREE : FIELDS);

/**
 * The fields that the tasks of a list may say: those whose names stand in its text, be it in a payload. A name that is
 * written with escapes is not seen, and then all of them are read.
 */
const saidIn = (tasks) => {
  if (tasks.includes("\\u00")) return ALL;
  return ALL.filter((field) => FIELDS[field].usual === undefined || tasks.includes(`"${field}"`));
};

/** Parsed once a task, and each field read once, not wherever it is named: that is what the LIMITs are for. */
const items = (fields, where) => {
  const columns = Object.entries(fieldsOf(fields)).map(([field, { column, usual, read = said(field, usual) }]) =>
    fields.includes(field) ? `${read} AS ${column}` : `${usual} AS ${column}`,
  );
  return `SELECT key AS at, ${columns.join(", ")}
    FROM (SELECT key, jsonb(value) AS value FROM json_each({:tasks}) WHERE ${where} LIMIT -1) one LIMIT -1`;
};

/** The queue's virtual time: the turn of a task without a group. */
const NOW_TURN = "(SELECT coalesce(max(turn), 0) FROM lanes)";
const nextTurnOf = (group) => `max(${NOW_TURN}, coalesce((SELECT next FROM task_groups g WHERE g.grp = ${group}), 0))`;

/** Tasks of which none names a group: all are of {:group}, and come one turn after the other, or of none. */
const alike = (source) => `SELECT *, ${nextTurnOf("{:group}")} + iif({:group} = '', 0, at) AS turn FROM (${source})`;
const ofGroups = (source) => `SELECT *, iif(grp = '', ${NOW_TURN},
    ${nextTurnOf("i.grp")} + row_number() OVER (PARTITION BY grp ORDER BY at) - 1) AS turn
  FROM (${source}) i ORDER BY at`;

/** The tasks of {:tasks} with their turns, but for the places in the list {:aside} where `leavesOut`. */
const withTurns = (fields, leavesOut = false) => {
  const source = items(fields, leavesOut ? "key NOT IN (SELECT value FROM json_each({:aside}))" : "true");
  return fields.includes("group") ? ofGroups(source) : alike(source);
};

const rankOf = (turn, priority, runAt) => `${turn} + 100 * ${priority} + ${runAt} / 60000`;

/** Two lists are joined, as texts: SQLite's own functions would make numbers of true and false. */
const joinedPayload = (old, added) => `CASE WHEN ${old} NOT LIKE '[%' OR ${added} NOT LIKE '[%' OR ${old} = '[]'
    THEN ${added} WHEN ${added} = '[]' THEN ${old} ELSE substr(${old}, 1, length(${old}) - 1) || ',' || substr(${added}, 2) END`;

/** What is not about one field. */
const CALL_RULES = {
  tasks: `at < ${MOST}`,
  disabled: "kind NOT IN (SELECT kind FROM definitions WHERE disabled = 1 OR removed_at > 0)",
};

const valid = (fields) =>
  [...fields.map((field) => fieldsOf(fields)[field].rule), ...Object.values(CALL_RULES)].join(" AND ");

const RULES = [...ALL.map((field) => [field, FIELDS[field].rule]), ...Object.entries(CALL_RULES)];

/** The first task that is not valid. */
const FIRST_WRONG = `SELECT json_object('index', at, 'kind', kind, 'field', wrong) AS j
  FROM (SELECT at, kind, CASE ${RULES.map(([field, rule]) => `WHEN (${rule}) IS NOT TRUE THEN '${field}'`).join(" ")}
    END AS wrong FROM (${items(ALL, "true")}))
  WHERE wrong NOTNULL ORDER BY at LIMIT 1`;

/** As packages/taskqueue/src/validate-task.ts says them; what is not here is a BAD_REQUEST. */
const CODES = {
  kind: ["KIND_INVALID", "GWBID"],
  lane: ["LANE_INVALID", "GWBQN"],
  key: ["KEY_INVALID", "GWBJK"],
  keyMode: ["KEY_MODE_INVALID", "GWBKM"],
  maxAttempts: ["MAX_ATTEMPTS_INVALID", "GWBMA"],
};

const notValid = (index, field) => {
  const [code, seed] = CODES[field] ?? ["BAD_REQUEST"];
  const message = `${seed ? `${seed}: ` : ""}the ${field} of task ${index} is not valid`;
  return refusal(400, code, message, seed ? { index, field, seed } : { index, field });
};

/** Throws the refusal of the first task that is not valid, if any. */
const refuseWrong = (tx, values) => {
  const [found] = rows(tx.db(), FIRST_WRONG, values);
  if (found === undefined) return;
  const { index, kind, field } = JSON.parse(found);
  if (field === "disabled")
    throw refusal(409, "KIND_DISABLED", `New tasks of the kind ${kind} are refused`, { index, kind });
  throw notValid(index, field);
};

/**
 * Half a surrogate pair (for JSON.parse here U+FFFD) would come back as another text than the one that is counted by,
 * and a NUL ends some.
 */
const isStorable = (text) => !/[\0\ufffd]/.test(text);

const parsed = (tasks) => {
  try {
    return JSON.parse(tasks);
  } catch {
    // SQLite says what is wrong with it.
    return [];
  }
};

/** They can only come as escapes, which are rare: only then is the list taken apart here. In payloads they may stand. */
const refuseUnstorable = (tasks) => {
  if (!/\\u(?:0000|d[89a-f])/i.test(tasks)) return;
  for (const [index, task] of parsed(tasks).entries()) {
    for (const field of ["kind", "lane", "key", "flags", "group", "createdBy"]) {
      if (![task?.[field] ?? ""].flat().every(isStorable)) throw notValid(index, field);
    }
  }
};

module.exports = {
  ALL,
  TREE_FIELDS,
  saidIn,
  withTurns,
  valid,
  rankOf,
  joinedPayload,
  refuseWrong,
  refuseUnstorable,
  statements: { FIRST_WRONG },
};
