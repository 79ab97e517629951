// {taskId, limit, cursor?, failures?} -> {lines, nextCursor}: a task's log, newest first. Lines with a code tell how
// attempts failed. Keyset paging by rowid; a task has at most 500 lines.
const { bad, parse, text, whole } = require(`${__hooks}/taskqueue/request.js`);

const READ = `SELECT rowid AS place, json_object('at', at, 'level', level, 'attempt', attempt, 'lease', lease,
    'runner', runner, 'code', code, 'message', message, 'stack', stack) AS j
  FROM task_log INDEXED BY task_log_task WHERE task = {:task} AND rowid < {:before} AND ({:failures} = 0 OR code <> '')
  ORDER BY rowid DESC LIMIT {:limit}`;

const readCursor = (cursor) => {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER;
  if (/^\d{1,16}$/.test(text(cursor, "cursor", 16))) return Number(cursor);
  throw bad("cursor is not one of ours");
};

const run = (body) => {
  const request = parse(body);
  const limit = whole(request.limit, "limit", 1, 1000);
  const found = arrayOf(new DynamicModel({ place: 0, j: "" }));
  $app
    .db()
    .newQuery(READ)
    .bind({
      task: text(request.taskId, "taskId", 32),
      before: readCursor(request.cursor),
      failures: request.failures === true ? 1 : 0,
      limit: limit + 1,
    })
    .all(found);
  const lines = [];
  for (const row of found) lines.push(row);
  const more = lines.length > limit;
  if (more) lines.pop();
  const nextCursor = more ? String(lines.at(-1).place) : null;
  return `{"lines":[${lines.map(({ j }) => j).join(",")}],"nextCursor":${JSON.stringify(nextCursor)}}`;
};

module.exports = { roles: ["backend"], run, statements: { READ } };
