/// <reference path="../pb_data/types.d.ts" />

// The library. Runners upload files (covers, narration drafts) by plain REST; everything else is written by the routes
// in pb_hooks/library, each one transaction with the writer's lease. People and guests read nothing here: they go
// through the backend. Times are integers of ms since the epoch; text that is "not there" is the empty string.
migrate(
  (app) => {
    const services = '@request.auth.collectionName = "accounts"';
    const runner = `${services} && @request.auth.role = "runner"`;
    const MEGABYTE = 1024 * 1024;

    const text = (name, max, more = {}) => ({ type: "text", name, max, ...more });
    const integer = (name, more = {}) => ({ type: "number", name, onlyInt: true, ...more });
    const link = (name, collection, more = {}) => ({
      type: "relation",
      name,
      collectionId: app.findCollectionByNameOrId(collection).id,
      maxSelect: 1,
      cascadeDelete: true,
      ...more,
    });
    const make = (name, fields, indexes, rules = {}) =>
      app.save(
        new Collection({
          type: "base",
          name,
          fields,
          indexes,
          listRule: services,
          viewRule: services,
          createRule: null,
          updateRule: null,
          deleteRule: null,
          ...rules,
        }),
      );

    make(
      "books",
      [
        text("slug", 128, { required: true }),
        text("url", 2048, { required: true }),
        text("title", 1000, { required: true }),
        text("author", 1000),
        text("summary", 100_000),
        { type: "json", name: "genres", maxSize: 100_000 },
        text("language", 64),
        text("status", 32),
        text("source", 128),
        text("search", 4000), // title and author, folded as queries are
        integer("advertised"), // -1: the book's page claims nothing
        integer("listed"),
        integer("stored"),
        integer("failed"),
        integer("narrations"),
        text("cover", 64), // id in `covers`
        integer("created_at"),
        integer("updated_at"),
      ],
      [
        "CREATE UNIQUE INDEX idx_books_slug ON books (slug)",
        "CREATE UNIQUE INDEX idx_books_url ON books (url)",
        "CREATE INDEX idx_books_updated ON books (updated_at, id)",
      ],
    );

    make(
      "covers",
      [
        link("book", "books", { required: true }),
        {
          type: "file",
          name: "image",
          required: true,
          protected: true,
          maxSelect: 1,
          maxSize: 10 * MEGABYTE,
          mimeTypes: ["image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"],
        },
        text("mime_type", 64, { required: true }),
        integer("created_at"),
      ],
      ["CREATE INDEX idx_covers_book ON covers (book)", "CREATE INDEX idx_covers_created ON covers (created_at)"],
      { createRule: runner },
    );

    make(
      "chapters",
      [
        link("book", "books", { required: true }),
        text("url", 2048, { required: true }),
        integer("number"), // 1-based position; 0 once it is gone
        text("title", 1000),
        text("listed_title", 1000), // the list's own, which `title` may know better than
        { type: "select", name: "state", required: true, values: ["listed", "stored", "failed", "gone"], maxSelect: 1 },
        { type: "json", name: "error", maxSize: 10_000 },
        integer("words"),
        text("text_hash", 64),
        integer("fetched_at"),
      ],
      [
        "CREATE UNIQUE INDEX idx_chapters_url ON chapters (book, url)",
        "CREATE INDEX idx_chapters_number ON chapters (book, number)",
        "CREATE INDEX idx_chapters_state ON chapters (book, state, number)",
      ],
    );

    // Apart from `chapters`, so that a list of 3,000 chapters reads no page of their text.
    make(
      "chapter_bodies",
      [
        link("chapter", "chapters", { required: true }),
        text("html", 16 * MEGABYTE),
        text("text", 16 * MEGABYTE, { required: true }),
      ],
      ["CREATE UNIQUE INDEX idx_chapter_bodies_chapter ON chapter_bodies (chapter)"],
    );

    make(
      "narrations",
      [
        link("chapter", "chapters", { required: true }),
        link("book", "books"), // set when it is published
        text("voice", 128, { required: true }),
        text("engine", 64, { required: true }),
        text("text_hash", 64, { required: true, pattern: "^[0-9a-f]{64}$" }),
        { type: "select", name: "state", required: true, values: ["draft", "published"], maxSelect: 1 },
        integer("duration_ms", { min: 0 }),
        integer("bytes", { min: 1 }),
        { type: "number", name: "loudness" },
        text("mime_type", 64, { required: true }),
        { type: "json", name: "sentences", maxSize: 8 * MEGABYTE },
        { type: "file", name: "audio", required: true, protected: true, maxSelect: 1, maxSize: 512 * MEGABYTE },
        integer("created_at"),
      ],
      [
        "CREATE UNIQUE INDEX idx_narrations_published ON narrations (chapter, voice) WHERE state = 'published'",
        "CREATE INDEX idx_narrations_chapter ON narrations (chapter)",
        "CREATE INDEX idx_narrations_book ON narrations (book, state)",
        "CREATE INDEX idx_narrations_drafts ON narrations (created_at) WHERE state = 'draft'",
      ],
      { createRule: `${runner} && @request.body.state = "draft"` },
    );
  },
  (app) => {
    for (const name of ["narrations", "chapter_bodies", "chapters", "covers", "books"]) {
      app.delete(app.findCollectionByNameOrId(name));
    }
  },
);
