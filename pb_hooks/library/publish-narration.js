const { bad, execute, fencedWrite, recount, selectJson, NO_CHAPTER } = require(`${__hooks}/library/route.js`);
const { removeDrafts } = require(`${__hooks}/library/remove-drafts.js`);
const { NARRATION } = require(`${__hooks}/library/rows.js`);

/** `{fence, narrationId}`: the uploaded draft becomes the one narration of its chapter in its voice. */
const handle = (e) =>
  fencedWrite(e, (tx, { narrationId }) => {
    const found = selectJson(
      tx.db(),
      `SELECT json_object('chapter', narrations.chapter, 'voice', voice, 'book', chapters.book) AS j
       FROM narrations LEFT JOIN chapters ON chapters.id = narrations.chapter
       WHERE narrations.id = {:narrationId} AND narrations.state = 'draft'`,
      { narrationId },
    );
    if (found === null) return bad("No such draft");
    const { chapter, voice, book } = JSON.parse(found);
    if (book === null) return NO_CHAPTER;
    const older = tx.findRecordsByFilter(
      "narrations",
      "chapter = {:chapter} && voice = {:voice} && state = 'published'",
      "",
      0,
      0,
      { chapter, voice },
    );
    for (const record of older) tx.delete(record);
    execute(
      tx,
      "UPDATE narrations SET state = 'published', book = {:book}, created_at = {:now} WHERE id = {:narrationId}",
      { narrationId, book, now: Date.now() },
    );
    removeDrafts(tx, "narrations", "state = 'draft'");
    recount(tx, book);
    return selectJson(
      tx.db(),
      `SELECT ${NARRATION} AS j FROM narrations
       JOIN chapters ON chapters.id = narrations.chapter JOIN books ON books.id = chapters.book
       WHERE narrations.id = {:narrationId}`,
      { narrationId },
    );
  });

module.exports = { handle };
