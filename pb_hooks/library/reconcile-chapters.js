const { execute, fencedWrite, recount, selectJson, touch, NO_BOOK } = require(`${__hooks}/library/route.js`);

const LISTED = `(SELECT key + 1 AS number, value->>'url' AS url, value->>'title' AS title FROM json_each({:listed}))`;

/** What the two writes below are about to change. */
const count = (tx, params) =>
  JSON.parse(
    selectJson(
      tx.db(),
      `SELECT json_object(
         'added', coalesce(sum(chapters.id IS NULL OR chapters.state = 'gone'), 0),
         'moved', coalesce(sum(chapters.state <> 'gone' AND chapters.number <> listed.number), 0),
         'renamed', coalesce(sum(chapters.state <> 'gone' AND chapters.listed_title <> listed.title), 0),
         'gone', (SELECT COUNT(*) FROM chapters
           WHERE book = {:book} AND number > 0 AND url NOT IN (SELECT url FROM ${LISTED}))
       ) AS j
       FROM ${LISTED} AS listed
       LEFT JOIN chapters ON chapters.book = {:book} AND chapters.url = listed.url`,
      params,
    ),
  );

const markGone = (tx, params) =>
  execute(
    tx,
    `UPDATE chapters SET state = 'gone', number = 0
     WHERE book = {:book} AND number > 0 AND url NOT IN (SELECT url FROM ${LISTED})`,
    params,
  );

/** A title that the chapter's own page gave stays until the list changes its mind. Returned chapters keep their text. */
const place = (tx, params) =>
  execute(
    tx,
    `INSERT INTO chapters (book, url, number, title, listed_title, state, error)
     SELECT {:book}, url, number, title, title, 'listed', 'null' FROM ${LISTED} WHERE true
     ON CONFLICT (book, url) DO UPDATE SET
       number = excluded.number,
       title = iif(listed_title = excluded.listed_title, title, excluded.title),
       listed_title = excluded.listed_title,
       state = CASE WHEN state <> 'gone' THEN state WHEN text_hash <> '' THEN 'stored' ELSE 'listed' END
     WHERE number <> excluded.number OR listed_title <> excluded.listed_title OR state = 'gone'`,
    params,
  );

/** `{fence, slug, listed: [{url, title}]}`, the list in order and without doubles. */
const handle = (e) =>
  fencedWrite(e, (tx, body) => {
    const book = selectJson(tx.db(), "SELECT id AS j FROM books WHERE slug = {:slug}", { slug: body.slug ?? "" });
    if (book === null) return NO_BOOK;
    const params = { book, listed: JSON.stringify(body.listed) };
    const counts = count(tx, params);
    markGone(tx, { ...params });
    place(tx, params);
    recount(tx, book);
    if (counts.added + counts.moved + counts.renamed + counts.gone > 0) touch(tx, book, Date.now());
    const chapters = selectJson(
      tx.db(),
      `SELECT json_group_array(json_object('id', id, 'url', url, 'title', title, 'number', number, 'state', state)) AS j
       FROM (SELECT * FROM chapters WHERE book = {:book} AND number > 0 ORDER BY number)`,
      { book },
    );
    return `{"counts":${JSON.stringify(counts)},"chapters":${chapters}}`;
  });

module.exports = { handle };
