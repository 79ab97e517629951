// How records leave the store: JSON objects with the names of packages/library/src/records.ts.
const BOOK = `json_object(
  'id', books.id, 'slug', books.slug, 'url', books.url, 'title', books.title, 'author', books.author,
  'summary', books.summary, 'genres', json(books.genres), 'language', books.language, 'status', books.status,
  'source', books.source, 'cover', books.cover, 'advertised', books.advertised, 'listed', books.listed,
  'stored', books.stored, 'failed', books.failed, 'narrations', books.narrations,
  'createdAt', books.created_at, 'updatedAt', books.updated_at)`;

/** Needs `books` and `chapters` in the query. */
const CHAPTER = `json_object(
  'id', chapters.id, 'slug', books.slug, 'number', chapters.number, 'url', chapters.url, 'title', chapters.title,
  'state', chapters.state, 'error', json(chapters.error), 'words', chapters.words, 'textHash', chapters.text_hash,
  'fetchedAt', chapters.fetched_at, 'voices', json((
    SELECT json_group_array(narrations.voice) FROM narrations
    WHERE narrations.chapter = chapters.id AND narrations.state = 'published'
      AND narrations.text_hash = chapters.text_hash)))`;

/** Needs `books`, `chapters` and `narrations` in the query. */
const NARRATION = `json_object(
  'id', narrations.id, 'slug', books.slug, 'chapterId', chapters.id, 'chapter', chapters.number,
  'voice', narrations.voice, 'engine', narrations.engine, 'textHash', narrations.text_hash,
  'current', json(iif(narrations.text_hash = chapters.text_hash, 'true', 'false')),
  'durationMs', narrations.duration_ms, 'bytes', narrations.bytes, 'mimeType', narrations.mime_type,
  'loudnessLufs', narrations.loudness, 'createdAt', narrations.created_at)`;

module.exports = { BOOK, CHAPTER, NARRATION };
