import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { bookTask, claimOne, fenceOf, findOne, narration, taskOf } from "./queue-under-test.ts";
import { storeUnderTest } from "./store-under-test.ts";

// The routes of parents themselves, for clients that are not our adapter: what it would never send must not make a
// family without a head, nor give a child to somebody else's task.

const { open, store } = storeUnderTest();

const post = (route: string, body: unknown) => store().backend.call("POST", `/api/taskqueue/${route}`, body);
const ID = { root: "a", inner: "b", leaf: "c", stranger: "d" };
type Name = keyof typeof ID;
const idOf = (name: Name) => ID[name].repeat(23);
const member = (name: Name, above: Name | "" = "", more: object = {}) => ({
  ...narration(1),
  id: idOf(name),
  parent: above && idOf(above),
  family: above && idOf(above),
  ...more,
});
const head = (name: Name, more: object = {}) => ({ id: idOf(name), ...more });

test.each<[string, object, string]>([
  [
    "a child of a task that is no parent",
    { parents: [], tasks: [member("root"), member("leaf", "root")] },
    "BAD_REQUEST",
  ],
  [
    "a child before its parent",
    { parents: [head("root")], tasks: [member("leaf", "root"), member("root")] },
    "BAD_REQUEST",
  ],
  [
    "two that are each other's child",
    {
      parents: [head("root"), head("inner")],
      tasks: [member("root", "inner"), member("inner", "root")],
    },
    "BAD_REQUEST",
  ],
  [
    "a child of a task that was there before",
    {
      parents: [head("root"), head("stranger")],
      tasks: [member("root"), member("leaf", "stranger")],
    },
    "BAD_REQUEST",
  ],
  [
    "a parent whose key would replace",
    {
      parents: [head("root", { keyed: true })],
      tasks: [member("root", "", { key: "k" }), member("leaf", "root")],
    },
    "KEY_MODE_INVALID",
  ],
  [
    "a parent that is said to have no key, and takes the place of one that is there",
    {
      parents: [head("root")],
      tasks: [member("root", "", { key: "taken" }), member("leaf", "root")],
    },
    "BAD_REQUEST",
  ],
  ["parents that are no list", { parents: { id: "x" }, tasks: [] }, "BAD_REQUEST"],
  [
    "a task that is not valid",
    { parents: [head("root")], tasks: [member("root"), member("leaf", "root", { kind: "" })] },
    "KIND_INVALID",
  ],
])("%s is refused, and nothing is added", async (_, body, code) => {
  const queue = await open();
  await post("add", { tasks: [{ ...bookTask({ key: "taken" }), id: idOf("stranger") }] });
  const before = await findOne(queue, idOf("stranger"));
  await expect(post("add-tree", body)).rejects.toMatchObject({ code });
  expect((await queue.backend.list({ limit: 9 })).items).toEqual([before]);
});

test("more than 10,000 tasks are refused", async () => {
  const queue = await open();
  const children = Array.from({ length: 10_000 }, () =>
    member("leaf", "root", { id: randomBytes(12).toString("hex") }),
  );
  const tree = { parents: [head("root")], tasks: [member("root"), ...children] };
  await expect(post("add-tree", tree)).rejects.toMatchObject({ code: "BAD_REQUEST" });
  expect(await queue.backend.counts()).toEqual({});
});

test("a tree that came twice changes nothing", async () => {
  const queue = await open();
  const tree = { parents: [head("root")], tasks: [member("root"), member("leaf", "root")] };
  await post("add-tree", tree);
  const before = await queue.backend.list({ limit: 9 });
  await post("add-tree", tree);
  expect(await queue.backend.list({ limit: 9 })).toEqual(before);
});

describe("what a settlement with `wait` may not say", () => {
  test.each([
    ["onChildFailure", "never"],
    ["then", "later"],
    ["result", "text"],
  ])("%s: %s", async (field, value) => {
    const queue = await open();
    await queue.backend.add([taskOf("scrape.book")]);
    const task = await claimOne(queue);
    const item = { ...fenceOf(task), type: "wait", [field]: value };
    const call = store().runner.call("POST", "/api/taskqueue/settle", { items: [item] });
    await expect(call).rejects.toMatchObject({ code: "BAD_REQUEST" });
    expect((await findOne(queue, task.id)).status).toBe("running");
  });
});

test("`cancelled` of retry_children is true or false", async () => {
  await open();
  const action = { type: "retry_children", cancelled: "no" };
  await expect(post("act", { action, ids: [] })).rejects.toMatchObject({ code: "BAD_REQUEST" });
});
