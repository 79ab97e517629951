import { expect, test } from "vitest";
import { bookTask, claim, KINDS, LEASE_MS, narration, type QueueUnderTest } from "./queue-under-test.ts";
import { storeUnderTest } from "./store-under-test.ts";

// PocketBase looks at a part of many lanes first (pb_hooks/taskqueue/claim.js): nothing may be missed by that.
const { open } = storeUnderTest();

const fill = async ({ backend }: QueueUnderTest, tasksOf: Readonly<Record<string, number>>): Promise<void> => {
  const tasks = Object.entries(tasksOf).flatMap(([lane, count]) =>
    Array.from({ length: count }, () => bookTask({ lane })),
  );
  await backend.add(tasks);
};

test.each([
  ["a few lanes", 12, 40],
  ["more lanes than travel through the VM", 250, 2],
])("every task of %s is claimed once, as many a call as were asked for", async (_, lanes, each) => {
  const queue = await open();
  await fill(queue, Object.fromEntries(Array.from({ length: lanes }, (__, lane) => [`lane-${lane}`, each])));
  const claimed: string[] = [];
  for (let left = lanes * each; left > 0; left -= 100) {
    const tasks = await claim(queue, 100);
    expect(tasks.length).toBe(Math.min(100, left));
    claimed.push(...tasks.map(({ id }) => id));
  }
  expect(new Set(claimed).size).toBe(lanes * each);
  expect(await claim(queue, 1)).toEqual([]);
});

test("where one lane has most of it, a claim still gets what it asks for", async () => {
  const queue = await open();
  await fill(queue, {
    large: 300,
    ...Object.fromEntries(Array.from({ length: 20 }, (_, lane) => [`small-${lane}`, 1])),
  });
  const claims = [await claim(queue, 150), await claim(queue, 150), await claim(queue, 150)];
  expect(claims.map(({ length }) => length)).toEqual([150, 150, 20]);
});

test("serial lanes give one each, and what is kept for later comes of lanes without a limit alone", async () => {
  const queue = await open();
  for (const lane of ["serial-a", "serial-b"]) await queue.backend.configureLane(lane, { concurrency: 1, gapMs: 0 });
  await fill(queue, { "serial-a": 30, "serial-b": 30, open: 30 });
  const request = { runner: "runner-a", kinds: KINDS, leaseMs: LEASE_MS };
  const { tasks } = await queue.runner.claim({ ...request, limit: 10, prefetch: 15 });
  const lanes = Map.groupBy(tasks, ({ lane }) => lane);
  const taken = Object.fromEntries([...lanes].map(([lane, of]) => [lane, of.length]));
  expect(taken).toEqual({ open: 23, "serial-a": 1, "serial-b": 1 });
});

test("a serial lane with several kinds and flags waiting takes one place of a claim, not one each", async () => {
  const queue = await open();
  await queue.backend.configureLane("serial", { concurrency: 1, gapMs: 0 });
  await queue.backend.add([
    bookTask({ lane: "serial" }),
    bookTask({ lane: "serial", flags: ["large"] }),
    narration(1, { lane: "serial" }),
    bookTask({ lane: "open" }),
    bookTask({ lane: "other" }),
  ]);
  expect((await claim(queue, 3)).map(({ lane }) => lane)).toEqual(["serial", "open", "other"]);
});
