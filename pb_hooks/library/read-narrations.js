const { answer, selectJson } = require(`${__hooks}/library/route.js`);
const { NARRATION } = require(`${__hooks}/library/rows.js`);

const FROM = `FROM narrations
  JOIN chapters ON chapters.id = narrations.chapter
  JOIN books ON books.id = chapters.book
  WHERE narrations.state = 'published'`;

/** `?id=`, with its sentences. */
const one = (e) =>
  answer(
    e,
    selectJson(
      $app.db(),
      `SELECT json_object('narration', ${NARRATION}, 'sentences', json(narrations.sentences)) AS j
       ${FROM} AND narrations.id = {:id}`,
      { id: e.requestInfo().query.id ?? "" },
    ),
  );

/** `?id=`: what serving its audio needs. */
const file = (e) =>
  answer(
    e,
    selectJson(
      $app.db(),
      `SELECT json_object('bytes', bytes, 'mimeType', mime_type, 'file', audio) AS j
       FROM narrations WHERE id = {:id} AND state = 'published'`,
      { id: e.requestInfo().query.id ?? "" },
    ),
  );

/** `?chapter=&voice=&textHash=` */
const find = (e) => {
  const { chapter = "", voice = "", textHash = "" } = e.requestInfo().query;
  return answer(
    e,
    selectJson(
      $app.db(),
      `SELECT ${NARRATION} AS j
       ${FROM} AND narrations.chapter = {:chapter} AND narrations.voice = {:voice}
         AND narrations.text_hash = {:textHash}`,
      { chapter, voice, textHash },
    ),
  );
};

module.exports = { one, file, find };
