const DRAFT_LIVES_MS = 24 * 3600 * 1000;

/**
 * Uploads that were never published, as when a runner died in between: gone after a day, a few with each publication.
 * Deleting a record deletes its file once the transaction is through.
 */
const removeDrafts = (tx, collection, unpublished) => {
  const old = Date.now() - DRAFT_LIVES_MS;
  for (const draft of tx.findRecordsByFilter(collection, `${unpublished} && created_at < {:old}`, "created_at", 20, 0, {
    old,
  })) {
    tx.delete(draft);
  }
};

module.exports = { removeDrafts };
