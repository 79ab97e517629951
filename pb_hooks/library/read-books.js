const { answer, selectJson } = require(`${__hooks}/library/route.js`);
const { BOOK } = require(`${__hooks}/library/rows.js`);

/** `?slug=` or `?url=`; null when there is none. */
const one = (e) => {
  const { slug = "", url = "" } = e.requestInfo().query;
  const column = slug ? "slug" : "url";
  return answer(
    e,
    selectJson(
      $app.db(),
      `SELECT json_object('book', ${BOOK}, 'coverFile', covers.image, 'coverMimeType', covers.mime_type) AS j
       FROM books LEFT JOIN covers ON covers.id = books.cover WHERE books.${column} = {:value}`,
      { value: slug || url },
    ),
  );
};

/** `?limit=`, `?before=` (ms) with `?beforeId=`, `?q=` (folded): most recently updated first. */
const list = (e) => {
  const { limit = "50", before = "", beforeId = "", q = "" } = e.requestInfo().query;
  return answer(
    e,
    selectJson(
      $app.db(),
      `SELECT json_group_array(json(row)) AS j FROM (
         SELECT ${BOOK} AS row FROM books
         WHERE (${before ? "(updated_at, id) < ({:before}, {:beforeId})" : "1"})
           AND (${q ? "instr(search, {:q}) > 0" : "1"})
         ORDER BY updated_at DESC, id DESC LIMIT {:limit})`,
      { before: Number(before), beforeId, q, limit: Number(limit) },
    ),
  );
};

module.exports = { one, list };
