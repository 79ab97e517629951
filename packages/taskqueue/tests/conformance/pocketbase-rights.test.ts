import { expect, test } from "vitest";
import { bookTask, claimOne, fenceOf, KINDS, narration } from "./queue-under-test.ts";
import { storeUnderTest } from "./store-under-test.ts";
import { REFUSED } from "./validating.ts";

const { open, store } = storeUnderTest();
const forbidden = { code: "FORBIDDEN" };

test("a backend claims nothing; a runner adds, but neither cancels nor reads", async () => {
  const { backend, runner } = await open();
  const request = { runner: "r", kinds: KINDS, limit: 1, leaseMs: 1000 };
  await expect(backend.claim(request)).rejects.toMatchObject(forbidden);
  await expect(backend.settle([{ taskId: "x", lease: 1, outcome: { type: "done" } }])).rejects.toMatchObject(forbidden);
  expect(await runner.add([bookTask()])).toMatchObject([{ created: true, task: { parent: null } }]);
  await expect(runner.cancel(["nosuchtask12345"])).rejects.toMatchObject(forbidden);
  await expect(runner.list({ limit: 1 })).rejects.toMatchObject(forbidden);
  await expect(runner.find(["nosuchtask12345"])).rejects.toMatchObject(forbidden);
});

test("nobody gets in without an account, and nobody writes around the routes", async () => {
  await open();
  const { url, backend, runner } = store();
  for (const name of ["add", "claim", "list", "counts"]) {
    const answer = await fetch(`${url}/api/taskqueue/${name}`, { method: "POST", body: "{}" });
    expect([name, answer.status]).toEqual([name, 401]);
  }
  for (const collection of ["tasks", "lanes", "runners", "signals"]) {
    const anonymous = await fetch(`${url}/api/collections/${collection}/records`);
    const { items } = (await anonymous.json()) as { items?: unknown[] };
    expect([collection, items ?? []]).toEqual([collection, []]);
    for (const { sdk } of [backend, runner]) {
      await expect(sdk.collection(collection).create({ name: "x" })).rejects.toMatchObject({ status: 403 });
    }
  }
});

test.each(REFUSED)("%s is refused by the route itself too, with all tasks of the call", async (_, wrong, code) => {
  const { backend } = await open();
  const tasks = [bookTask(), Object.assign(bookTask(), wrong)].map((task, index) =>
    Object.assign(task, { id: `${index}`.padStart(20, "a") }),
  );
  const call = store().backend.call("POST", "/api/taskqueue/add", { keyed: true, tasks });
  await expect(call).rejects.toMatchObject({ code, details: { index: 1 } });
  expect(await backend.counts()).toEqual({});
});

test("one caller's mistake in a shared call is not another's", async () => {
  const { backend } = await open();
  const answers = await Promise.allSettled([
    backend.add([bookTask({ key: "first" })]),
    backend.add([bookTask({ maxAttempts: 0 })]),
    backend.add([bookTask({ key: "third" })]),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});

test("an outcome well over 1 MiB is refused and leaves the task as it was", async () => {
  const queue = await open();
  await queue.backend.add([narration(1)]);
  const task = await claimOne(queue);
  const outcome = { type: "done" as const, result: { text: "x".repeat(1_200_000) } };
  await expect(queue.runner.settle([{ ...fenceOf(task), outcome }])).rejects.toMatchObject({ code: "BAD_REQUEST" });
  expect((await queue.backend.find([task.id]))[0]?.status).toBe("running");
});

test.each([-1, 1.5, 8.64e15 + 1, Number.NaN])(
  "put off until %s, a time that no calendar has, is refused",
  async (runAt) => {
    const { runner } = store();
    const queue = await open();
    await queue.backend.add([narration(1)]);
    const { id: taskId, lease } = await claimOne(queue);
    const items = [{ taskId, lease, type: "later", runAt, reason: "" }];
    await expect(runner.call("POST", "/api/taskqueue/settle", { items })).rejects.toMatchObject({
      code: "BAD_REQUEST",
    });
    expect((await queue.backend.find([taskId]))[0]?.status).toBe("running");
  },
);

test("a request that is no JSON, or not the right shape, is a BAD_REQUEST", async () => {
  const { backend } = store();
  const bodies: [string, unknown][] = [
    ["add", { tasks: 3 }],
    ["cancel", { ids: "x" }],
    ["list", { limit: 0 }],
    ["list", { limit: 5, cursor: "nonsense" }],
    ["find", { ids: [1] }],
    ["lane-configure", { name: "", concurrency: 1, gapMs: 0 }],
  ];
  for (const [name, body] of bodies) {
    const call = backend.call("POST", `/api/taskqueue/${name}`, body);
    await expect(call).rejects.toMatchObject({ code: "BAD_REQUEST" });
  }
  await expect(backend.call("POST", "/api/taskqueue/none", {})).rejects.toMatchObject({ code: "ROUTE_NOT_FOUND" });
});
