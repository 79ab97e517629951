import { ChapterhouseError, type ErrorCode, type Outcome } from "@chapterhouse/domain";
import { describe, expect, test } from "vitest";
import { createMemoryQueue, type TaskHandler } from "../../src/index.ts";
import { addOne, book, done, findOne, silent, workOn } from "./worker-under-test.ts";

// Handlers written without types, or with wrong sums.

const error = { code: "X", message: "x", details: {} };
const inTenYears = 10 * 365 * 86_400_000;

describe("what no handler should return is a failure of its task alone", () => {
  test.each([
    ["nothing", undefined, "undefined"],
    ["a text", "ok", '"ok"'],
    ["what JSON cannot say", { n: 1n }, "object"],
    ["an object of no type", {}, "{}"],
    ["an unknown type", { type: "over" }, '{"type":"over"}'],
    ["a failure without its error", { type: "fail" }, '{"type":"fail"}'],
    ["details that are a text", { type: "fail", error: { ...error, details: "d" } }, '"details":"d"'],
    ["a stack that is none", { type: "fail", error, stack: 1 }, '"stack":1'],
    ["a result that is a list", { type: "done", result: [1] }, '{"type":"done","result":[1]}'],
    ["a policy that is none", { type: "wait", onChildFailure: "retry" }, '"onChildFailure":"retry"'],
    ["an unknown word for what comes next", { type: "wait", then: "sleep" }, '"then":"sleep"'],
    ["a time that is no number", { type: "later", runAt: Number.NaN, reason: "" }, '"runAt":null'],
  ])("%s", async (_, returned, shown) => {
    const queue = createMemoryQueue();
    const odd = await addOne(queue, { ...book, maxAttempts: 1 });
    const other = await addOne(queue);
    const handler: TaskHandler = async (_payload, { task }) => (task.id === odd ? (returned as Outcome) : done);
    await workOn(queue, { "scrape.book": handler }).idle();
    const { status, error } = await findOne(queue, odd);
    expect([status, error?.code]).toEqual(["failed", "INTERNAL"]);
    expect(error?.message).toMatch("What the handler of scrape.book returned is no outcome: ");
    expect(error?.message).toContain(shown);
    expect((await findOne(queue, other)).status).toBe("done");
  });
});

test("a failure without details has none: lists that hold it can be shown", async () => {
  const queue = createMemoryQueue();
  const id = await addOne(queue, { ...book, maxAttempts: 1 });
  const bare = { type: "fail", error: { code: "X", message: "x" } } as Outcome;
  await workOn(queue, { "scrape.book": async () => bare }).idle();
  expect((await findOne(queue, id)).error).toEqual({ code: "X", message: "x", details: {} });
});

test.each([
  ["null", null, "null"],
  ["an object without a prototype", Object.create(null), "What was thrown has no text"],
  ["an error whose message is none", Object.assign(new Error("x"), { message: { a: 1 } }), "[object Object]"],
])("thrown: %s", async (_, thrown, message) => {
  const queue = createMemoryQueue();
  const id = await addOne(queue, { ...book, maxAttempts: 1 });
  await workOn(queue, { "scrape.book": () => Promise.reject(thrown) }).idle();
  expect(await findOne(queue, id)).toMatchObject({ status: "failed", error: { code: "INTERNAL", message } });
});

test.each([
  ["of someone's own", "OUT_OF_INK", "OUT_OF_INK"],
  ["of every object", "constructor", "constructor"],
  ["that is missing", undefined, "INTERNAL"],
])("thrown: a code %s is an attempt that failed, and the runner goes on", async (_, code, told) => {
  const queue = createMemoryQueue();
  const id = await addOne(queue, { ...book, maxAttempts: 2 });
  const other = await addOne(queue);
  const handler: TaskHandler = async (_payload, { task }) => {
    if (task.id === id) throw new ChapterhouseError(code as ErrorCode, "none is left", { details: [1] as never });
    return done;
  };
  await workOn(queue, { "scrape.book": handler }).idle();
  const error = { code: told, message: "none is left", details: {} };
  expect(await findOne(queue, id)).toMatchObject({ status: "pending", attempts: 1, error });
  expect((await findOne(queue, other)).status).toBe("done");
});

describe("a wait beyond all dates is one of ten years", () => {
  test.each<[string, Outcome]>([
    ["of a retry", { type: "fail", error, retryDelaysMs: [1e18] }],
    ["of a retry, for ever", { type: "fail", error, retryDelaysMs: [Number.POSITIVE_INFINITY] }],
    ["of a put-off", { type: "later", runAt: Number.POSITIVE_INFINITY, reason: "for ever" }],
  ])("%s", async (_, outcome) => {
    const now = () => 1_000_000;
    const queue = createMemoryQueue({ now });
    const id = await addOne(queue);
    await workOn(queue, { "scrape.book": async () => outcome }, { now }).idle();
    const { status, runAt } = await findOne(queue, id);
    expect([status, Date.parse(runAt) - now()]).toEqual(["pending", inTenYears]);
  });
});

test("delays that are no numbers leave the usual ones, and are complained of", async () => {
  const queue = createMemoryQueue();
  const id = await addOne(queue);
  const complaints: string[] = [];
  const log = { ...silent, error: (_: object, message: string) => complaints.push(message) };
  const failing: TaskHandler = async () => ({ type: "fail", error });
  const policies = { "scrape.book": { retryDelaysMs: () => Number.NaN } };
  await workOn(queue, { "scrape.book": failing }, { policies, log }).idle();
  expect(await findOne(queue, id)).toMatchObject({ status: "pending", error: { code: "X" } });
  expect(complaints).toEqual(["the retry policy threw or gave no number: the usual delays are taken"]);
});
