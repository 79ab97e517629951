import { rm } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { hookStatements } from "../../../../bench/queue/hook-statements.ts";
import { actOnIds, addOne, claim, settleOne, done, HOUR_MS } from "./queue-under-test.ts";
import { storeUnderTest } from "./store-under-test.ts";

const { open, store } = storeUnderTest();

test("the log goes on after a restart, with numbers that no log gave before", async () => {
  const queue = await open();
  const { feed } = queue.backendPorts;
  const { last } = await feed.read(null, 1);
  const before = await addOne(queue);
  await store().kill();
  const startedAt = Date.now();
  await store().restart();
  const after = await addOne(queue);
  const { changes, isGap } = await feed.read(last, 10);
  expect(isGap).toBe(false);
  expect(changes.map(({ id }) => id)).toEqual([before.id, after.id]);
  expect(changes[1]?.seq).toBeGreaterThan(startedAt);
});

test("what is beyond the newest ten thousand calls and ten minutes is forgotten, and its readers are told", async () => {
  await open();
  const file = join(store().folder, "forgetting.db");
  const original = new DatabaseSync(join(store().folder, "pb_data", "data.db"), { readOnly: true });
  original.exec(`VACUUM INTO '${file}'`);
  original.close();
  const copy = new DatabaseSync(file);
  const { IS_OLD: isOld = "", FORGET: forget = "" } = hookStatements("change-log");
  const left = (): unknown => copy.prepare("SELECT count(*) AS n, min(seq) AS first FROM task_changes").get();
  const horizon = 1000;
  copy.exec(`DELETE FROM task_changes; WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000)
    INSERT INTO task_changes (seq, at, n, body) SELECT i, iif(i <= 12000, 0, ${horizon}), 0, '[]' FROM n`);
  expect(Object.values(copy.prepare(isOld).get({ horizon }) ?? {})).toEqual([1]);
  for (const first of [10_001, 12_001, 12_001]) {
    copy.prepare(forget).run({ horizon });
    expect(left()).toEqual({ n: 25_001 - first, first });
  }
  expect(Object.values(copy.prepare(isOld).get({ horizon }) ?? {})).toEqual([0]);
  copy.exec("DELETE FROM task_changes WHERE seq <= 20000");
  copy.prepare(forget).run({ horizon: horizon + 1 });
  expect(left()).toEqual({ n: 5000, first: 20_001 });
  const read = copy.prepare(hookStatements("changes")["CHANGES"] ?? "");
  const answer = (after: number) =>
    JSON.parse(String(Object.values(read.get({ after, limit: 10, isGap: "true" }) ?? {})));
  expect(answer(20_000)).toEqual({ changes: [], last: 25_000, isGap: true, more: false });
  expect(answer(20_001)).toEqual({ changes: [], last: 20_011, isGap: false, more: true });
  copy.close();
  await rm(file);
});

test("the reaper's calls forget nothing that is still wanted", async () => {
  const queue = await open();
  const { feed } = queue.backendPorts;
  const { last } = await feed.read(null, 1);
  const task = await addOne(queue);
  await queue.backend.reap(HOUR_MS);
  expect((await feed.read(last, 10)).changes).toMatchObject([{ id: task.id }]);
});

test("once its follower is connected, each burst of changes wakes it, and once more after it", async () => {
  const queue = await open();
  const { feed } = queue.backendPorts;
  let { last } = await feed.read(null, 1);
  let hint = Promise.withResolvers<void>();
  const end = await feed.subscribe(() => hint.resolve());
  // The first hint is that of the connection.
  await hint.promise;
  const task = await addOne(queue);
  await claim(queue);
  await actOnIds(queue, { type: "cancel" }, task.id);
  const claimed = { ...task, lease: 1 };
  await settleOne(queue, claimed, done);
  const seen: string[] = [];
  while (!seen.includes("cancelled")) {
    await hint.promise;
    hint = Promise.withResolvers();
    const answer = await feed.read(last, 100);
    ({ last } = answer);
    seen.push(...answer.changes.map(({ status }) => status));
  }
  expect(seen).toEqual(["pending", "running", "cancelling", "cancelled"]);
  await end();
});

test("a runner may not read the log", async () => {
  const queue = await open();
  await expect(queue.runnerPorts.feed.read(null, 1)).rejects.toMatchObject({ code: "FORBIDDEN" });
  const records = await store().runner.sdk.collection("change_hints").getFullList();
  expect(records).toEqual([]);
});
