const { bad, execute, fencedWrite, recount, selectJson, touch, NO_CHAPTER } = require(`${__hooks}/library/route.js`);

/** `{fence, chapterId, html, text, textHash, words, title}`; an empty title leaves the chapter's. */
const handle = (e) =>
  fencedWrite(e, (tx, { chapterId, html, text, textHash, words, title }) => {
    if (!text || $security.sha256(text) !== textHash) return bad("text is empty or is not what textHash says");
    if (!Number.isInteger(words) || words < 0) return bad("words must be a count");
    const book = selectJson(tx.db(), "SELECT book AS j FROM chapters WHERE id = {:chapterId}", { chapterId });
    if (book === null) return NO_CHAPTER;
    const now = Date.now();
    execute(
      tx,
      `INSERT INTO chapter_bodies (chapter, html, text) VALUES ({:chapterId}, {:html}, {:text})
       ON CONFLICT (chapter) DO UPDATE SET html = excluded.html, text = excluded.text`,
      { chapterId, html, text },
    );
    execute(
      tx,
      `UPDATE chapters SET
         state = iif(number > 0, 'stored', 'gone'), error = 'null', words = {:words}, text_hash = {:textHash},
         fetched_at = {:now}, title = iif({:title} = '', title, {:title})
       WHERE id = {:chapterId}`,
      { chapterId, words, textHash, now, title: title ?? "" },
    );
    recount(tx, book);
    touch(tx, book, now);
    return "{}";
  });

module.exports = { handle };
