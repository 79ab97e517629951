const { answer, execute, readBody, refuse, selectJson } = require(`${__hooks}/library/route.js`);

/** Files deleted in one transaction; the caller asks again until nothing is left, and others write in between. */
const BATCH = 50;

const removeRows = (tx, book) => {
  execute(tx, "DELETE FROM chapter_bodies WHERE chapter IN (SELECT id FROM chapters WHERE book = {:book})", { book });
  execute(tx, "DELETE FROM chapters WHERE book = {:book}", { book });
  tx.delete(tx.findRecordById("books", book));
};

/** `{slug}` → `{found, more}`. Narrations go record by record, since only that deletes their files. */
const handle = (e) => {
  if (e.auth.getString("role") !== "backend") return refuse(e, 403, "FORBIDDEN", "Only the backend removes books");
  const { slug } = readBody(e);
  let result = { found: false, more: false };
  $app.runInTransaction((tx) => {
    const book = selectJson(tx.db(), "SELECT id AS j FROM books WHERE slug = {:slug}", { slug: slug ?? "" });
    if (book === null) return;
    const narrations = tx.findRecordsByFilter("narrations", "chapter.book = {:book}", "", BATCH, 0, { book });
    for (const narration of narrations) tx.delete(narration);
    result = { found: true, more: narrations.length === BATCH };
    if (!result.more) removeRows(tx, book);
  });
  return answer(e, JSON.stringify(result));
};

module.exports = { handle };
