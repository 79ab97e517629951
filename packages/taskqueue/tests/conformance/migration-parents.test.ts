import { DatabaseSync } from "node:sqlite";
import type { TaskStatus } from "@chapterhouse/domain";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditStore } from "./model/audit-store.ts";
import { type OldStore, startOldStore } from "./old-store.ts";
import { done, failure } from "./queue-under-test.ts";

// A queue in use is updated to parents with policies: its parents were made without any, and are judged as they were.

const NOW = Date.now();
const LEASED = NOW + 600_000;

/** Families whose last child runs when the update comes; one of its first failed in an earlier attempt (`before`). */
const FAMILIES = [
  { name: "good", first: "done", before: 0, last: done, ends: "done" },
  { name: "sad", first: "failed", before: 0, last: done, ends: "failed" },
  { name: "again", first: "failed", before: 1, last: done, ends: "done" },
  { name: "stopped", first: "cancelled", before: 0, last: done, ends: "cancelled" },
  { name: "late", first: "done", before: 0, last: failure(true), ends: "failed" },
] as const satisfies readonly { first: TaskStatus; ends: TaskStatus; [more: string]: unknown }[];

const idOf = (family: string, member: string) => `${family}${member}`.padEnd(17, "0");

/** As the routes of that version counted what they added and claimed. */
const COUNT = [
  "INSERT INTO task_counts (kind, status, n) SELECT kind, status, count(*) FROM tasks GROUP BY kind, status",
  "INSERT INTO lanes (id, name, running) SELECT 'lane00000000000', 'default', sum(lease_until > 0) FROM tasks",
];

const fill = (file: string): void => {
  const database = new DatabaseSync(file);
  const add = database.prepare(`INSERT INTO tasks (id, kind, lane, status, payload, attempts, max_attempts, lease,
      lease_until, runner, parent, created_at, updated_at, started_at, child_total, child_done, child_failed,
      child_cancelled, failed_before)
    VALUES (?, ?, 'default', ?, '{}', 1, 5, 1, ?, 'old', ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  for (const { name, first, before } of FAMILIES) {
    const times = [NOW, NOW, NOW];
    const counts = [2, first === "done", first === "failed", first === "cancelled", before].map(Number);
    add.run(idOf(name, "parent"), "book", "waiting", 0, "", ...times, ...counts);
    add.run(idOf(name, "first"), "chapter", first, 0, idOf(name, "parent"), ...times, 0, 0, 0, 0, 0);
    add.run(idOf(name, "last"), "chapter", "running", LEASED, idOf(name, "parent"), ...times, 0, 0, 0, 0, 0);
  }
  for (const statement of COUNT) database.exec(statement);
  database.exec("UPDATE tasks SET rank = 100 * priority + run_at / 60000");
  database.close();
};

let old: OldStore;
beforeAll(async () => {
  old = await startOldStore("1763771000_parents.js", fill);
});
afterAll(() => old.stop());

test("parents without a policy fail when a child of theirs does, as they did", async () => {
  expect(auditStore(old.folder)).toEqual([]);
  const parents = FAMILIES.map(({ name }) => idOf(name, "parent"));
  for (const task of await old.backend.queue.find(parents)) {
    expect(task).toMatchObject({ status: "waiting", onChildFailure: "fail", continuation: false, createdBy: null });
  }
  await old.runner.queue.settle(
    FAMILIES.map(({ name, last }) => ({ taskId: idOf(name, "last"), lease: 1, outcome: last })),
  );
  const ended = await old.backend.queue.find(parents);
  expect(ended.map((task) => task?.status)).toEqual(FAMILIES.map(({ ends }) => ends));
  expect((await old.backend.queue.children(idOf("sad", "parent"), { limit: 10 })).map(({ task }) => task.id)).toEqual([
    idOf("sad", "first"),
    idOf("sad", "last"),
  ]);

  await old.backend.admin.act({ type: "retry_children" }, { ids: [idOf("sad", "parent")] });
  const { tasks } = await old.runner.queue.claim({ runner: "new", kinds: ["chapter"], limit: 10, leaseMs: 60_000 });
  expect(tasks.map(({ id }) => id)).toEqual([idOf("sad", "first")]);
  expect((await old.runner.queue.reap(0)).repaired).toBe(0);
  expect(auditStore(old.folder)).toEqual([]);
});
