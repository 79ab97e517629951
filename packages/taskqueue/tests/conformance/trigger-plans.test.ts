import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { storeUnderTest } from "./store-under-test.ts";

// What triggers do is in no statement's plan, so their bodies are looked at by themselves: with old and new as
// parameters. One without an index once read all tasks for each keyed task that ended: 1.8 s for a thousand at 200,000.

const { open, store } = storeUnderTest();
let database: DatabaseSync;
beforeAll(async () => {
  await open();
  database = new DatabaseSync(join(store().folder, "pb_data", "data.db"), { readOnly: true });
});
afterAll(() => database.close());

const statementsOf = (trigger: string): string[] =>
  trigger
    .replace(/^[\s\S]*?\bBEGIN\b/, "")
    .replace(/\bEND\s*$/, "")
    .replaceAll(/\b(old|new)\.(\w+)/g, ":$1_$2")
    .split(";")
    .filter((statement) => statement.trim() !== "");

const scansOf = (statement: string): string[] =>
  database
    .prepare(`EXPLAIN QUERY PLAN ${statement}`)
    .all()
    .map((step) => String(step["detail"]))
    .filter((step) => /^SCAN tasks\b/.test(step));

test("no trigger scans tasks", () => {
  const triggers = database
    .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'tasks'")
    .all();
  expect(triggers.length).toBeGreaterThan(4);
  const scans = triggers.flatMap(({ name, sql }) =>
    statementsOf(String(sql)).flatMap((statement) => scansOf(statement).map((step) => ({ name, statement, step }))),
  );
  expect(scans).toEqual([]);
});

test("the check sees a scan", () => {
  expect(
    statementsOf("CREATE TRIGGER x AFTER DELETE ON tasks BEGIN DELETE FROM tasks WHERE key = old.key; END").flatMap(
      scansOf,
    ),
  ).toEqual(["SCAN tasks"]);
});
