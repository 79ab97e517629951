import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditStore } from "./model/audit-store.ts";
import { type OldStore, startOldStore } from "./old-store.ts";

// A library that is in use is updated: its database was made by the migrations before the queue engine and has a task in
// every state, as that version's own routes and triggers left them.

const ENGINE = "1763770000_engine.js";
const NOW = Date.now();
const LEASED = NOW + 600_000;

/** id, kind, status, priority, run_at, lease_until, parent, key; all in the lane of the site. */
type OldTask = readonly [string, string, string, number, number, number, string, string];
const OLD_TASKS: readonly OldTask[] = [
  ["pendinglater00000", "scrape.book", "pending", 0, NOW - 2000, 0, "", "later"],
  ["pendingurgent0000", "scrape.book", "pending", -1, NOW - 1000, 0, "", ""],
  ["pendingscheduled0", "scrape.book", "pending", 0, NOW - 500, 0, "", ""],
  ["pendingtomorrow00", "scrape.book", "pending", 0, NOW + 86_400_000, 0, "", ""],
  ["running0000000000", "scrape.book", "running", 0, NOW - 9000, LEASED, "", "running"],
  ["cancelling0000000", "scrape.book", "cancelling", 0, NOW - 9000, LEASED, "", ""],
  ["waiting0000000000", "scrape.book", "waiting", 0, NOW - 9000, 0, "", ""],
  ["childdone00000000", "scrape.chapter", "done", 0, NOW - 8000, 0, "waiting0000000000", ""],
  ["childrunning00000", "scrape.chapter", "running", 0, NOW - 8000, LEASED, "waiting0000000000", ""],
  ["paused00000000000", "scrape.book", "paused", 0, NOW - 9000, 0, "", ""],
  ["failed00000000000", "scrape.book", "failed", 0, NOW - 9000, 0, "", "failed"],
  ["cancelled00000000", "scrape.book", "cancelled", 0, NOW - 9000, 0, "", ""],
];

/** Each is added and then moved, so that the old triggers count it as they did. */
const fill = (file: string): void => {
  const database = new DatabaseSync(file);
  const add = database.prepare(`INSERT INTO tasks (id, kind, lane, key, status, priority, run_at, due, payload,
      max_attempts, parent, created_at, updated_at)
    VALUES (?, ?, 'host:old.example', ?, 'pending', ?, ?, ?, '{"url":"http://old.example/1"}', 5, ?, ?, ?)`);
  const move = database.prepare(`UPDATE tasks SET status = ?, lease = 1, attempts = 1, runner = 'old',
    started_at = run_at, lease_until = ? WHERE id = ?`);
  for (const [id, kind, status, priority, runAt, leaseUntil, parent, key] of OLD_TASKS) {
    const isDue = id !== "pendingscheduled0" && runAt <= NOW;
    add.run(id, kind, key, priority, runAt, isDue ? 1 : 0, parent, runAt, runAt);
    if (status !== "pending") move.run(status, leaseUntil, id);
  }
  database.exec("UPDATE lanes SET concurrency = 5, gap_ms = 0 WHERE name = 'host:old.example'");
  database.close();
};

let old: OldStore;
beforeAll(async () => {
  old = await startOldStore(ENGINE, fill);
});
afterAll(() => old.stop());

const claimBooks = (limit: number) =>
  old.runner.queue.claim({ runner: "new", kinds: ["scrape.book"], limit, leaseMs: 60_000 });

test("an old database is migrated as it stands, and goes on", async () => {
  expect(auditStore(old.folder)).toEqual([]);
  const tasks = (await old.backend.queue.list({ limit: 100 })).items;
  expect(new Map(tasks.map(({ id, status }) => [id, status]))).toEqual(
    new Map(OLD_TASKS.map(([id, , status]) => [id, status])),
  );
  expect(tasks.every(({ revision, flags, group }) => revision === 0 && flags.length === 0 && group === null)).toBe(
    true,
  );

  // Three of its five slots are taken: two are left, and the urgent one is the first of them.
  expect((await claimBooks(10)).tasks.map(({ id }) => id)).toEqual(["pendingurgent0000", "pendinglater00000"]);
  expect((await claimBooks(10)).tasks).toEqual([]);

  const settled = await old.runner.queue.settle([
    { taskId: "running0000000000", lease: 1, outcome: { type: "done" } },
    { taskId: "childrunning00000", lease: 1, outcome: { type: "done", result: { chapters: 1 } } },
    { taskId: "cancelling0000000", lease: 1, outcome: { type: "done" } },
  ]);
  expect(settled.map(({ status }) => status)).toEqual(["done", "done", "cancelled"]);
  expect((await old.backend.queue.find(["waiting0000000000"]))[0]?.status).toBe("done");
  const { tasks: promoted, nextAt } = await claimBooks(10);
  expect([promoted.map(({ id }) => id), nextAt]).toEqual([["pendingscheduled0"], NOW + 86_400_000]);

  await old.backend.admin.act({ type: "redrive" }, { ids: ["failed00000000000"] });
  await old.backend.admin.act({ type: "resume" }, { ids: ["paused00000000000"] });
  await old.backend.queue.add([
    { kind: "scrape.book", payload: { url: "http://new.example/" }, key: "later", keyMode: "keep_last" },
  ]);
  expect((await claimBooks(10)).tasks.map(({ id }) => id).toSorted()).toEqual([
    "failed00000000000",
    "paused00000000000",
  ]);
  expect(auditStore(old.folder)).toEqual([]);
});
