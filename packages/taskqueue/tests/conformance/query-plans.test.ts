import { rm } from "node:fs/promises";
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hookStatements } from "../../../../bench/queue/hook-statements.ts";
import { bookTask, narration } from "./queue-under-test.ts";
import { storeUnderTest } from "./store-under-test.ts";

// No statement of the queue may read all tasks: SQLite's planner went astray here before (settle once scanned the table
// for every row it ended). Checked on a filled copy of the real schema, before and after ANALYZE, which PocketBase runs.

const FILES = readdirSync(new URL("../../../../pb_hooks/taskqueue", import.meta.url)).map((file) =>
  basename(file, ".js"),
);
const STATEMENTS = FILES.flatMap((file) =>
  Object.entries(hookStatements(file)).map(([name, sql]) => ({ statement: `${file} ${name}`, sql })),
);

/** Scans of these are bounded: partial indexes whose order is wanted, or tables as long as there are lanes or kinds. */
const BOUNDED = /USING (?:COVERING )?INDEX tasks_(?:scheduled|lease)/;
const SCANS_TASKS = /^SCAN (?:tasks|t|c|h|u)\b/;

const { open, store } = storeUnderTest();
let copy: DatabaseSync;
let file: string;

beforeAll(async () => {
  const { backend } = await open();
  await backend.add(Array.from({ length: 1000 }, (_, index) => narration(index + 1, { key: `k${index}` })));
  const children = Array.from({ length: 1000 }, (_, index) => narration(index + 1));
  for (let book = 0; book < 3; book += 1) await backend.addTree({ ...bookTask({ createdBy: "person:a" }), children });
  file = join(store().folder, "plans.db");
  const original = new DatabaseSync(join(store().folder, "pb_data", "data.db"), { readOnly: true });
  original.exec(`VACUUM INTO '${file}'`);
  original.close();
  copy = new DatabaseSync(file);
});
afterAll(async () => {
  copy.close();
  await rm(file);
});

const plan = (sql: string): string[] =>
  copy
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all()
    .map((row) => String(row["detail"]));

describe.each(["before", "after"])("%s ANALYZE", (when) => {
  beforeAll(() => {
    if (when === "after") copy.exec("ANALYZE");
  });

  test.each(STATEMENTS)("$statement scans no tasks", ({ sql }) => {
    const scans = plan(sql).filter((step) => SCANS_TASKS.test(step) && !BOUNDED.test(step));
    expect(scans).toEqual([]);
  });
});

test("the check sees a scan", () => {
  expect(plan("SELECT * FROM tasks WHERE attempts > 3").some((step) => SCANS_TASKS.test(step))).toBe(true);
});
