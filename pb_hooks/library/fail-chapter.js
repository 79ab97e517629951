const { execute, fencedWrite, recount, selectJson, NO_CHAPTER } = require(`${__hooks}/library/route.js`);

/** `{fence, chapterId, error: {code, message}}`. A text that is stored outlives any failure to fetch it again. */
const handle = (e) =>
  fencedWrite(e, (tx, { chapterId, error }) => {
    const book = selectJson(tx.db(), "SELECT book AS j FROM chapters WHERE id = {:chapterId}", { chapterId });
    if (book === null) return NO_CHAPTER;
    execute(
      tx,
      `UPDATE chapters SET state = 'failed', error = {:error}
       WHERE id = {:chapterId} AND state IN ('listed', 'failed') AND text_hash = ''`,
      { chapterId, error: JSON.stringify({ code: String(error?.code), message: String(error?.message) }) },
    );
    recount(tx, book);
    return "{}";
  });

module.exports = { handle };
