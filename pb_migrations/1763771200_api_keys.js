/// <reference path="../pb_data/types.d.ts" />

// Keys of programs that call the REST API. The backend makes and checks them; of a secret only its digest is kept.
migrate(
  (app) => {
    const BACKEND = `@request.auth.collectionName = "accounts" && @request.auth.role = "backend"`;
    const text = (name, max) => ({ type: "text", name, max, required: true });
    const time = (name) => ({ type: "number", name, onlyInt: true });
    const keys = new Collection({
      type: "base",
      name: "api_keys",
      listRule: BACKEND,
      viewRule: BACKEND,
      createRule: BACKEND,
      updateRule: BACKEND,
      deleteRule: BACKEND,
      fields: [
        text("name", 64),
        // SHA-256 of the secret, in hex.
        text("digest", 64),
        { type: "json", name: "scopes", maxSize: 1024 },
        // Patterns of kinds; null for all.
        { type: "json", name: "kinds", maxSize: 64 * 1024 },
        // ms since the epoch, 0 for none.
        time("created_at"),
        time("expires_at"),
        time("last_used_at"),
      ],
      indexes: [
        "CREATE UNIQUE INDEX api_keys_name ON api_keys (name)",
        "CREATE UNIQUE INDEX api_keys_digest ON api_keys (digest)",
      ],
    });
    app.save(keys);
  },
  (app) => {
    app.delete(app.findCollectionByNameOrId("api_keys"));
  },
);
