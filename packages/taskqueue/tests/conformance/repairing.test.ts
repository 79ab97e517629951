import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import type { Task } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import {
  bookTask,
  claimOne,
  done,
  findOne,
  HOUR_MS,
  narration,
  type QueueUnderTest,
  settleOne,
} from "./queue-under-test.ts";
import { storeUnderTest } from "./store-under-test.ts";

// Nothing of ours makes a count wrong, so a hand in the tables does: what the reaper finds it puts right, and says so.

const { open, store } = storeUnderTest();

const tamper = (sql: string): void => {
  const database = new DatabaseSync(join(store().folder, "pb_data", "data.db"));
  database.exec("PRAGMA busy_timeout = 5000");
  database.exec(sql);
  database.close();
};

const family = async (queue: QueueUnderTest, children: number, then: "end" | "run" = "end"): Promise<Task> => {
  const parts = Array.from({ length: children }, (_, index) => narration(index + 1));
  return (await queue.backend.addTree({ ...bookTask(), then, children: parts })).task;
};

const repaired = async (queue: QueueUnderTest): Promise<number> => (await queue.runner.reap(HOUR_MS)).repaired;

test("counts that do not agree with the children are put right, and the parent waits on", async () => {
  const queue = await open();
  const parent = await family(queue, 3);
  await settleOne(queue, await claimOne(queue), done);
  tamper("UPDATE tasks SET child_total = 7, child_done = 0, child_failed = 2, failed_before = 2 WHERE child_total > 0");
  expect(await repaired(queue)).toBe(1);
  expect(await findOne(queue, parent.id)).toMatchObject({
    status: "waiting",
    children: { total: 3, done: 1, failed: 0, cancelled: 0 },
  });
  expect(await repaired(queue)).toBe(0);
});

test.each([
  ["end", "done"],
  ["run", "pending"],
] as const)("a parent whose children have ended without its knowing goes on: %s, %s", async (then, status) => {
  const queue = await open();
  const parent = await family(queue, 2, then);
  await settleOne(queue, await claimOne(queue), done);
  // As if the last child's end had been lost on its way up: one more is counted than there is.
  tamper("UPDATE tasks SET child_total = 3 WHERE child_total = 2");
  await settleOne(queue, await claimOne(queue), done);
  expect((await findOne(queue, parent.id)).status).toBe("waiting");
  expect(await repaired(queue)).toBe(1);
  expect((await findOne(queue, parent.id)).status).toBe(status);
});

test("a parent that was asked to stop, and whose children have all ended, is cancelled", async () => {
  const queue = await open();
  const parent = await family(queue, 1);
  const child = await claimOne(queue);
  await queue.backend.cancel([parent.id]);
  tamper("UPDATE tasks SET child_total = 2 WHERE child_total = 1");
  await settleOne(queue, child, done);
  expect(await repaired(queue)).toBe(1);
  expect((await findOne(queue, parent.id)).status).toBe("cancelled");
});

test("all parents are looked at in turn, however many there are", async () => {
  const queue = await open();
  for (let count = 0; count < 45; count += 1) await family(queue, 1);
  tamper("UPDATE tasks SET child_total = 5 WHERE child_total = 1");
  const found = [];
  for (let call = 0; call < 4; call += 1) found.push(await repaired(queue));
  expect(found).toEqual([20, 20, 5, 0]);
});
