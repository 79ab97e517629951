const { bad, execute, fencedWrite, selectJson } = require(`${__hooks}/library/route.js`);
const { BOOK } = require(`${__hooks}/library/rows.js`);

const FIELDS = ["title", "author", "summary", "genres", "language", "status", "source", "search", "advertised"];

/** `base`, or with the first suffix -2, -3 … that no book has. */
const freeSlug = (tx, base) => {
  for (let n = 1; ; n += 1) {
    const slug = n === 1 ? base : `${base}-${n}`;
    if (selectJson(tx.db(), "SELECT '1' AS j FROM books WHERE slug = {:slug}", { slug }) === null) return slug;
  }
};

const insert = (tx, book, now) =>
  execute(
    tx,
    `INSERT INTO books (slug, url, ${FIELDS.join(", ")}, created_at, updated_at)
     VALUES ({:slug}, {:url}, ${FIELDS.map((name) => `{:${name}}`).join(", ")}, {:now}, {:now})`,
    { ...book, slug: freeSlug(tx, book.slug), now },
  );

/** A book that reads as before keeps its place in the list of the most recently updated. */
const update = (tx, book, now) =>
  execute(
    tx,
    `UPDATE books SET ${FIELDS.map((name) => `${name} = {:${name}}`).join(", ")}, updated_at = {:now}
     WHERE url = {:url} AND (${FIELDS.map((name) => `${name} IS NOT {:${name}}`).join(" OR ")})`,
    { ...book, now },
  );

/** `{fence, book}`; `book.slug` is the wish of a new book, an old one keeps its own. */
const handle = (e) =>
  fencedWrite(e, (tx, body) => {
    const book = { ...body.book, genres: JSON.stringify(body.book?.genres ?? []) };
    if (!book.url || !book.title || !book.slug) return bad("A book needs url, title and slug");
    const known = selectJson(tx.db(), "SELECT id AS j FROM books WHERE url = {:url}", { url: book.url });
    (known === null ? insert : update)(tx, book, Date.now());
    return selectJson(tx.db(), `SELECT ${BOOK} AS j FROM books WHERE url = {:url}`, { url: book.url });
  });

module.exports = { handle };
