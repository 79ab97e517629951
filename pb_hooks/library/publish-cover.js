const { bad, execute, fencedWrite, selectJson } = require(`${__hooks}/library/route.js`);
const { removeDrafts } = require(`${__hooks}/library/remove-drafts.js`);

/** `{fence, coverId}`: the uploaded image becomes its book's cover, in place of the one before. */
const handle = (e) =>
  fencedWrite(e, (tx, { coverId }) => {
    const book = selectJson(tx.db(), "SELECT book AS j FROM covers WHERE id = {:coverId}", { coverId });
    if (book === null) return bad("No such upload");
    const older = selectJson(tx.db(), "SELECT cover AS j FROM books WHERE id = {:book}", { book });
    execute(tx, "UPDATE books SET cover = {:coverId}, updated_at = {:now} WHERE id = {:book}", {
      coverId,
      book,
      now: Date.now(),
    });
    if (older && older !== coverId) tx.delete(tx.findRecordById("covers", older));
    removeDrafts(tx, "covers", "book.cover != id");
    return "{}";
  });

module.exports = { handle };
