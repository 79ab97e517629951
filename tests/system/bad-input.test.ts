import type { EnqueueAnswer, Page, Task } from "@chapterhouse/domain";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type System, startSystem } from "./start-system.ts";

let system: System;
beforeAll(async () => {
  system = await startSystem({ site: { chapters: 1 } });
});
afterAll(async () => {
  await system.stop();
});

const tasks = async () => (await system.call<Page<Task>>("GET", "/api/tasks?limit=500")).body.items;

const scrape = (url: unknown) => ["POST", "/api/scrape/book", { url }] as const;

test.each([
  ["not a URL", ...scrape("somewhere"), 422, "BAD_URL"],
  ["a file", ...scrape("file:///etc/passwd"), 422, "BAD_URL"],
  ["no address at all", "POST", "/api/scrape/book", {}, 400, "BAD_REQUEST"],
  ["a private address", ...scrape("http://10.0.0.1/book"), 422, "ADDRESS_REFUSED"],
  ["PocketBase itself", ...scrape("http://127.0.0.1:8090/_/"), 422, "ADDRESS_REFUSED"],
  ["a link-local address", ...scrape("http://169.254.169.254/latest"), 422, "ADDRESS_REFUSED"],
  ["loopback as a number", ...scrape("http://2130706433/"), 422, "ADDRESS_REFUSED"],
  ["IPv6 loopback", ...scrape("http://[::1]/"), 422, "ADDRESS_REFUSED"],
  ["IPv4 within IPv6", ...scrape("http://[::ffff:127.0.0.1]/"), 422, "ADDRESS_REFUSED"],
  ["a loopback name", ...scrape("http://localhost:9/"), 422, "ADDRESS_REFUSED"],
  ["an unknown voice", "POST", "/api/audio/the-quay/1", { voice: "flite:nobody" }, 422, "VOICE_UNKNOWN"],
  ["an unknown book", "POST", "/api/audio/no-such-book/1", {}, 404, "BOOK_NOT_FOUND"],
  ["an unknown task", "GET", "/api/tasks/nope", undefined, 404, "TASK_NOT_FOUND"],
  ["cancelling an unknown task", "POST", "/api/tasks/nope/cancel", undefined, 404, "TASK_NOT_FOUND"],
  ["an unknown route", "GET", "/api/nowhere", undefined, 404, "ROUTE_NOT_FOUND"],
  ["ten megabytes", ...scrape(`http://example.org/${"x".repeat(10_000_000)}`), 413, "BODY_TOO_LARGE"],
])("%s is refused with its code, and nothing is enqueued", async (_, method, path, body, status, code) => {
  const answer = await system.call<{ code: string }>(method, path, body);
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect(Object.keys(answer.body).sort()).toEqual(["code", "details", "message"]);
  expect(await tasks()).toEqual([]);
});

test("a range backwards is refused", async () => {
  const body = { url: system.site.bookUrl, fromChapter: 5, toChapter: 2 };
  const answer = await system.call("POST", "/api/scrape/book/range", body);
  expect(answer).toMatchObject({ status: 422, body: { code: "RANGE_BACKWARDS" } });
  expect(await tasks()).toEqual([]);
});

test.each([
  ["no key", {}],
  ["a wrong key", { authorization: "Bearer wrong-wrong-wrong-wrong" }],
])("%s is refused, on loopback too", async (_, headers) => {
  for (const path of ["/api/status", "/api/tasks", "/api/books"]) {
    expect((await fetch(system.url + path, { headers })).status).toBe(401);
  }
});

test("a site that redirects into the private network fails its task, and the address is never asked", async () => {
  system.site.faults.redirect = "http://169.254.169.254/latest/meta-data";
  const { body } = await system.call<EnqueueAnswer>("POST", "/api/scrape/book", { url: system.site.bookUrl });
  const read = async () => (await system.call<Task>("GET", `/api/tasks/${body.task.id}`)).body;
  const over = await system.until(read, ({ status }) => ["done", "failed"].includes(status));
  expect(over).toMatchObject({ status: "failed", error: { code: "ADDRESS_REFUSED" } });
});
