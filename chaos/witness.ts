import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

// A witness inside the database: triggers that write down, in the order of the commits, every status, lease and
// publication. Neither the queue nor its clients know of it.

const TABLES = [
  `CREATE TABLE chaos_history (n INTEGER PRIMARY KEY, task TEXT, key TEXT, parent TEXT, lane TEXT, was TEXT, status TEXT,
     lease INTEGER, crashes INTEGER, attempts INTEGER, runner TEXT, started_at INTEGER, with_children INTEGER,
     continuation INTEGER, at INTEGER)`,
  `CREATE TABLE chaos_published (n INTEGER PRIMARY KEY, chapter TEXT, task TEXT, lease INTEGER, lease_then INTEGER,
     status_then TEXT)`,
];

const AT = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";
const record = (row: string, was: string, status: string) =>
  `INSERT INTO chaos_history (task, key, parent, lane, was, status, lease, crashes, attempts, runner, started_at, with_children,
     continuation, at)
   VALUES (${row}.id, ${row}.key, ${row}.parent, ${row}.lane, ${was}, ${status}, ${row}.lease, ${row}.crashes, ${row}.attempts,
     ${row}.runner, ${row}.started_at, ${row}.with_children, ${row}.continuation, ${AT});`;

// A text is `task|lease|…`.
const PUBLISHED = `INSERT INTO chaos_published (chapter, task, lease, lease_then, status_then)
   SELECT new.chapter, said.task, said.lease, t.lease, t.status FROM (
     SELECT substr(new.text, 1, instr(new.text, '|') - 1) AS task,
       CAST(substr(new.text, instr(new.text, '|') + 1) AS INTEGER) AS lease) said
   LEFT JOIN tasks t ON t.id = said.task;`;

const TRIGGERS = [
  `CREATE TRIGGER chaos_added AFTER INSERT ON tasks BEGIN ${record("new", "''", "new.status")} END`,
  `CREATE TRIGGER chaos_moved AFTER UPDATE OF status, lease ON tasks
     WHEN old.status <> new.status OR old.lease <> new.lease BEGIN ${record("new", "old.status", "new.status")} END`,
  `CREATE TRIGGER chaos_removed AFTER DELETE ON tasks BEGIN ${record("old", "old.status", "'removed'")} END`,
  `CREATE TRIGGER chaos_body_added AFTER INSERT ON chapter_bodies BEGIN ${PUBLISHED} END`,
  `CREATE TRIGGER chaos_body_changed AFTER UPDATE ON chapter_bodies BEGIN ${PUBLISHED} END`,
];

export const databaseOf = (folder: string): string => join(folder, "pb_data", "data.db");

/** Only while PocketBase is down: it is the one writer of its files. */
export const installWitness = (folder: string): void => {
  const database = new DatabaseSync(databaseOf(folder));
  for (const statement of [...TABLES, ...TRIGGERS]) database.exec(statement);
  database.close();
};

/** One change of a task. `was` "" is its adding, `status` "removed" its end without one. */
export interface Change {
  readonly n: number;
  readonly task: string;
  readonly key: string;
  readonly parent: string;
  readonly lane: string;
  readonly was: string;
  readonly status: string;
  readonly lease: number;
  readonly crashes: number;
  readonly attempts: number;
  readonly runner: string;
  readonly started_at: number;
  /** 1: it was added with its children, which come before its handler. */
  readonly with_children: number;
  readonly continuation: number;
  readonly at: number;
}

/** One write of a chapter's text, with what its task's lease and status were in that moment. */
export interface Publication {
  readonly chapter: string;
  readonly task: string;
  readonly lease: number;
  readonly lease_then: number | null;
  readonly status_then: string | null;
}

export interface Testimony {
  readonly history: readonly Change[];
  readonly published: readonly Publication[];
  /** Chapters with a text, and the text. */
  readonly bodies: readonly { readonly chapter: string; readonly text: string }[];
  /** Tasks as they are now. */
  readonly tasks: readonly {
    readonly id: string;
    readonly status: string;
    readonly error: string;
    readonly policy: string;
    readonly children: number;
  }[];
  /** Firings of the cron items: kind, and the payload that names the time. */
  readonly firings: readonly { readonly payload: string }[];
}

export const readWitness = (folder: string): Testimony => {
  const database = new DatabaseSync(databaseOf(folder), { readOnly: true });
  const all = <T>(query: string) => database.prepare(query).all() as T[];
  try {
    return {
      history: all("SELECT * FROM chaos_history ORDER BY n"),
      published: all("SELECT * FROM chaos_published ORDER BY n"),
      bodies: all("SELECT chapter, text FROM chapter_bodies"),
      tasks: all(`SELECT id, status, coalesce(json_extract(error, '$.code'), '') AS error, on_child_failure AS policy,
        child_total AS children FROM tasks`),
      firings: all("SELECT payload FROM tasks WHERE kind = 'chaos.cron'"),
    };
  } finally {
    database.close();
  }
};
