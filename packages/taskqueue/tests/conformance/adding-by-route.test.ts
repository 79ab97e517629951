import { randomBytes } from "node:crypto";
import { KEY_MODES } from "@chapterhouse/domain";
import { describe, expect, test } from "vitest";
import type { NewTask } from "../../src/index.ts";
import { validateTasks } from "../../src/validate-task.ts";
import { bookTask, claimOne, narration, type QueueUnderTest } from "./queue-under-test.ts";
import { storeUnderTest } from "./store-under-test.ts";

// The add route itself, for clients that are not our adapter: it trusts nobody to have looked.
const { open, store } = storeUnderTest();

const withId = (task: object) => ({ id: randomBytes(12).toString("hex"), ...task });
const send = (body: unknown) => store().backend.call<{ existing: unknown[] }>("POST", "/api/taskqueue/add", body);
const sendTasks = (...tasks: object[]) => send({ tasks: tasks.map(withId) });
const codeOf = async (call: Promise<unknown>) =>
  call.then(
    () => "taken",
    ({ code, details }) => ({ code, details }),
  );

const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  kind: ["", "k", "k".repeat(128), "k".repeat(129), "\u{1F40B}", "\ud83d"],
  lane: ["", "l", "l".repeat(128), "l".repeat(129)],
  key: ["", "k".repeat(512), "k".repeat(513), "\0", "\udc0b"],
  keyMode: [...KEY_MODES, "", "REPLACE"],
  maxAttempts: [0, 1, 1000, 1001, 1.5, "x"],
  priority: [-1_000_000, 1_000_000, 1_000_001, 0.5],
  runAt: [-1, 0, 8.64e15, 8.64e15 + 2, 0.5, "tomorrow"],
  flags: [[], ["a", "b", "a"], [""], ["f".repeat(65)], [1], Array.from({ length: 21 }, () => "f"), [["a"]]],
  group: ["", "g".repeat(128), "g".repeat(129)],
  onChildFailure: ["fail", "finish_with_errors", "ignore", "", "Fail", 3],
  createdBy: ["", "p".repeat(160), "p".repeat(161), "\0", "\ud83d"],
  payload: [{}, [], "text", 3, null, true, { text: "x".repeat(1024 * 1024) }],
};
const CASES = Object.entries(VALUES).flatMap(([field, values]) => values.map((value) => ({ field, value })));

const validated = async (tasks: readonly unknown[]) => validateTasks(tasks as NewTask[]);

describe("what the adapters refuse, the route refuses with the same words", () => {
  test.each(CASES)("$field: $value", async ({ field, value }) => {
    await open();
    const tasks = [bookTask(), { ...bookTask({ key: "k" }), [field]: value }];
    expect(await codeOf(sendTasks(...tasks))).toEqual(
      await codeOf(validated(tasks)).then((answer) => answer ?? "taken"),
    );
  });
});

test("names that are written with escapes are read all the same", async () => {
  const { backend } = await open();
  const { id } = withId({});
  const tasks = `[{"\\u0069d":"${id}","kind":"k","payload":{},"\\u006bey":"a","prior\\u0069ty":7,"fla\\u0067s":["x"]}]`;
  const answer = await fetch(`${store().url}/api/taskqueue/add`, {
    method: "POST",
    headers: { authorization: store().backend.sdk.authStore.token, "content-type": "application/json" },
    body: `{ "parent": null , "tasks" : ${tasks} }`,
  });
  expect(answer.status).toBe(200);
  expect(await backend.findByKey("a")).toMatchObject({ id, priority: 7, flags: ["x"] });
});

test("a payload may have names of ours", async () => {
  const { backend } = await open();
  const payload = { key: "k", tasks: [{ id: "x", lane: "elsewhere" }], group: "g", flags: 3 };
  await sendTasks({ kind: "k", payload }, { kind: "k", payload });
  const { items } = await backend.list({ limit: 5 });
  expect(items).toMatchObject([1, 2].map(() => ({ key: null, lane: "default", group: null, flags: [], payload })));
});

test("a call that came twice changes nothing", async () => {
  const queue = await open();
  const tasks = [narration(1), narration(2, { key: "a" }), narration(3, { key: "b", keyMode: "keep_last" })].map(
    withId,
  );
  await send({ tasks });
  const before = await queue.backend.list({ limit: 9 });
  expect(await send({ tasks })).toMatchObject({ existing: [] });
  expect(await queue.backend.list({ limit: 9 })).toEqual(before);
  expect(await pendingOf(queue)).toBe(3);
});

const pendingOf = async ({ backend }: QueueUnderTest) => (await backend.counts())["narrate.chapter"]?.pending;

test.each([
  ["no list", { tasks: 3 }],
  ["nothing", {}],
  ["a list that is not the last field", { tasks: [], parent: null }],
  ["a list of texts", { tasks: ["x"] }],
  ["a task without a kind", { tasks: [withId({ payload: {} })] }],
  ["a task without a payload", { tasks: [withId({ kind: "k" })] }],
  ["a task without an id", { tasks: [bookTask()] }],
  ["an id of other letters", { tasks: [{ ...bookTask(), id: "Not-an-id-of-ours" }] }],
  ["more than 20,000 tasks", { tasks: Array.from({ length: 20_001 }, () => withId(bookTask())) }],
])("%s is refused", async (_, body) => {
  const { backend } = await open();
  await expect(send(body)).rejects.toMatchObject({ status: 400 });
  expect(await backend.counts()).toEqual({});
});

test("two lists that together are over 1 MiB are refused, and the first stays", async () => {
  const { backend } = await open();
  const half = ["x".repeat(700_000)];
  await backend.add([{ kind: "batch", key: "k", payload: half }]);
  await expect(backend.add([{ kind: "batch", key: "k", payload: half }])).rejects.toMatchObject({
    code: "BAD_REQUEST",
  });
  expect(await backend.findByKey("k")).toMatchObject({ payload: half, revision: 0 });
});

test("in one call over a failed task: the first takes it as it is, the second takes its key", async () => {
  const queue = await open();
  const [old] = await queue.backend.add([bookTask({ key: "k" })]);
  const { id: taskId, lease } = await claimOne(queue);
  const error = { code: "UPSTREAM_ERROR", message: "HTTP 500", details: {} };
  await queue.runner.settle([{ taskId, lease, outcome: { type: "fail", error, permanent: true } }]);
  const [deduped, replaced] = await queue.backend.add([
    narration(1, { key: "k", keyMode: "unsafe_dedupe" }),
    narration(2, { key: "k" }),
  ]);
  expect(deduped).toMatchObject({ created: false, task: { id: old?.task.id, revision: 1, key: "k" } });
  expect(replaced).toMatchObject({ created: true, task: { payload: { chapter: 2 }, key: "k" } });
  expect((await queue.backend.find([taskId]))[0]).toMatchObject({ status: "failed", key: null });
});
