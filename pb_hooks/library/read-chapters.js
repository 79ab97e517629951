const { answer, selectJson } = require(`${__hooks}/library/route.js`);
const { CHAPTER, NARRATION } = require(`${__hooks}/library/rows.js`);

/** `?slug=&number=`: the chapter with its words, its narrations and its stored neighbours. */
const one = (e) => {
  const { slug = "", number = "" } = e.requestInfo().query;
  return answer(
    e,
    selectJson(
      $app.db(),
      `SELECT json_object(
         'chapter', ${CHAPTER},
         'html', coalesce(chapter_bodies.html, ''),
         'text', coalesce(chapter_bodies.text, ''),
         'narrations', json((
           SELECT json_group_array(${NARRATION}) FROM narrations
           WHERE narrations.chapter = chapters.id AND narrations.state = 'published')),
         'previous', (SELECT max(number) FROM chapters AS before
           WHERE before.book = books.id AND before.state = 'stored' AND before.number < chapters.number),
         'next', (SELECT min(number) FROM chapters AS after
           WHERE after.book = books.id AND after.state = 'stored' AND after.number > chapters.number)
       ) AS j
       FROM books
       JOIN chapters ON chapters.book = books.id AND chapters.number = {:number}
       LEFT JOIN chapter_bodies ON chapter_bodies.chapter = chapters.id
       WHERE books.slug = {:slug} AND {:number} > 0`,
      { slug, number: Number(number) },
    ),
  );
};

/** `?chapter=`: one chapter without its words, by its id; null when there is none. */
const find = (e) => {
  const { chapter = "" } = e.requestInfo().query;
  return answer(
    e,
    selectJson(
      $app.db(),
      `SELECT ${CHAPTER} AS j FROM chapters JOIN books ON books.id = chapters.book WHERE chapters.id = {:chapter}`,
      { chapter },
    ),
  );
};

/** `?slug=&after=&limit=`: by position, after the one numbered `after`; null when there is no such book. */
const list = (e) => {
  const { slug = "", after = "0", limit = "50" } = e.requestInfo().query;
  return answer(
    e,
    selectJson(
      $app.db(),
      `SELECT (
         SELECT json_group_array(json(row)) FROM (
           SELECT ${CHAPTER} AS row FROM chapters
           WHERE chapters.book = books.id AND chapters.number > {:after}
           ORDER BY chapters.number LIMIT {:limit})
       ) AS j
       FROM books WHERE books.slug = {:slug}`,
      { slug, after: Number(after), limit: Number(limit) },
    ),
  );
};

module.exports = { one, find, list };
