import type { Page, QueuedTask, QueueDetail, Task } from "@chapterhouse/domain";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createAppUnderTest, fillLibrary } from "./app-under-test.ts";

let stage: ReturnType<typeof createAppUnderTest>;
beforeEach(async () => {
  stage = createAppUnderTest();
  await fillLibrary(stage.library);
  await stage.definitions.define([
    {
      kind: "cover.shrink",
      title: "Shrink a cover",
      payloadSchema: { type: "object", properties: { width: { type: "integer" } }, required: ["width"] },
      defaults: { lane: "covers", maxAttempts: 2, payload: { format: "webp" } },
    },
  ]);
});
afterEach(() => stage.app.close());

const OWN_PAGE = { "sec-fetch-site": "same-origin" };
const asPerson = (role: string) => ({ cookie: `chapterhouse_session=token-of-${role}`, ...OWN_PAGE });
type Headers = Record<string, string>;

const post = async (url: string, payload?: object, headers: Headers = { authorization: stage.authorization }) => {
  const answer = await stage.app.inject({ method: "POST", url, headers, ...(payload && { payload }) });
  return { status: answer.statusCode, body: answer.json() };
};
const get = async <T>(url: string, headers: Headers = { authorization: stage.authorization }) => {
  const answer = await stage.app.inject({ url, headers });
  return { status: answer.statusCode, body: answer.json<T>() };
};

const books = (...names: string[]) => names.map((name) => ({ url: `https://novels.example/${name}` }));
const ask = async (body: object, headers?: Headers): Promise<Task> =>
  (await post("/api/queues/tasks", body, headers)).body.task;
const detail = async (id: string, query = "") => (await get<QueueDetail>(`/api/queues/${id}${query}`)).body;

/** Runs the pending tasks of a kind: each ends as its place in the list says, the last for all further ones. */
const run = async (kind: string, ...ends: ("done" | "fail")[]) => {
  const asked = { runner: "r", kinds: [kind], limit: 50, leaseMs: 60_000 };
  const error = { code: "BLOCKED_CHALLENGE", message: "a challenge", details: {} };
  const { tasks } = await stage.queue.claim(asked);
  for (const [index, { id, lease }] of tasks.entries()) {
    const isDone = (ends[index] ?? ends.at(-1)) === "done";
    const outcome = isDone ? ({ type: "done" } as const) : ({ type: "fail", error, permanent: true } as const);
    await stage.queue.settle([{ taskId: id, lease, outcome }]);
    stage.clock.now += 1000;
  }
  return tasks.length;
};

describe("POST /api/queues/tasks", () => {
  test("without items adds one task of the kind, as anyone adds it", async () => {
    const first = await post("/api/queues/tasks", {
      type: "scrape.book",
      meta: { url: "https://Novels.example:443/a#x" },
    });
    expect(first).toMatchObject({
      status: 201,
      body: {
        created: true,
        task: {
          kind: "scrape.book",
          lane: "host:novels.example",
          key: "scrape.book:https://novels.example/a",
          payload: { url: "https://novels.example/a" },
          createdBy: "key:host",
        },
      },
    });
    expect(first.body.task_id).toBe(first.body.task.id);
    const again = await post("/api/scrape/book", { url: "https://novels.example/a" });
    expect(again).toMatchObject({ status: 200, body: { created: false, task: { id: first.body.task_id } } });
    const third = await post("/api/queues/tasks", { type: "scrape.book", meta: { url: "https://novels.example/a" } });
    expect(third).toMatchObject({ status: 200, body: { created: false, task_id: first.body.task_id } });
  });

  test("with items adds a parent, and their tasks in their order", async () => {
    const meta = { trigger: "folder_add" };
    const root = await ask({ type: "scrape.book", items: books("c", "a", "b"), meta }, asPerson("member"));
    expect(root).toMatchObject({
      kind: "batch.scrape.book",
      status: "waiting",
      payload: { type: "scrape.book", items: 3, meta },
      onChildFailure: "finish_with_errors",
      createdBy: "person:member",
      children: { total: 3, done: 0 },
    });
    const { items, next } = await detail(root.id);
    expect(items.map(({ index, task }) => [index, task.payload["url"], task.lane, task.createdBy])).toEqual([
      [0, "https://novels.example/c", "host:novels.example", null],
      [1, "https://novels.example/a", "host:novels.example", null],
      [2, "https://novels.example/b", "host:novels.example", null],
    ]);
    expect(next).toBeNull();
  });

  test("an item that a live task does already stays that task's own", async () => {
    await ask({ type: "scrape.book", meta: { url: "https://novels.example/a" } });
    const root = await ask({ type: "scrape.book", items: books("a", "b") });
    expect(root.children.total).toBe(1);
  });

  test("other kinds are as their definition says, for a list and for one", async () => {
    const items = [{ width: 200 }, { width: 400, format: "png" }];
    const root = await ask({ type: "cover.shrink", items, onChildFailure: "fail", priority: 7 });
    const children = (await detail(root.id)).items.map(({ task }) => task);
    expect(root).toMatchObject({ onChildFailure: "fail", priority: 7 });
    expect(children).toMatchObject([
      { kind: "cover.shrink", lane: "covers", maxAttempts: 2, priority: 7, payload: { width: 200, format: "webp" } },
      { payload: { width: 400, format: "png" } },
    ]);
    expect(await ask({ type: "cover.shrink", meta: { width: 1 } })).toMatchObject({ lane: "covers", parent: null });
  });

  test.each([
    ["a kind that nobody knows", { type: "no.such", meta: {} }, 404, "DEFINITION_NOT_FOUND"],
    ["an item that does not fit", { type: "cover.shrink", items: [{ width: 1 }, {}] }, 422, "PAYLOAD_INVALID"],
    [
      "a field that is misspelt",
      { type: "scrape.book", meta: { url: "https://novels.example/a", narate: "x" } },
      422,
      "PAYLOAD_INVALID",
    ],
    ["no address", { type: "scrape.book", items: [{}] }, 422, "PAYLOAD_INVALID"],
    [
      "an address inside",
      { type: "scrape.book", items: [...books("a"), { url: "http://inside.example/" }] },
      422,
      "ADDRESS_REFUSED",
    ],
    [
      "an address of this machine",
      { type: "scrape.catalogue", meta: { url: "http://127.0.0.1:9/" } },
      422,
      "ADDRESS_REFUSED",
    ],
    [
      "credentials behind one that has none",
      { type: "scrape.book", items: [...books("a"), { url: "https://me:it@novels.example/b" }] },
      422,
      "BAD_URL",
    ],
    [
      "a voice that nobody has",
      { type: "narrate.chapter", meta: { slug: "a", chapter: 1, voice: "flite:nobody" } },
      422,
      "VOICE_UNKNOWN",
    ],
    ["execution state beside the request", { type: "scrape.book", items: [], progress: 1 }, 400, "BAD_REQUEST"],
    [
      "too many sites",
      { type: "scrape.book", items: Array.from({ length: 51 }, (_, n) => ({ url: `https://s${n}.example/` })) },
      400,
      "BAD_REQUEST",
    ],
  ])("%s is refused, and nothing is added", async (_what, body, status, code) => {
    expect(await post("/api/queues/tasks", body)).toMatchObject({ status, body: { code } });
    expect((await stage.queue.list({ limit: 10 })).items).toEqual([]);
  });

  test("ten thousand at once are one task and its items", async () => {
    const items = Array.from({ length: 9999 }, (_, n) => ({ width: n }));
    expect((await ask({ type: "cover.shrink", items })).children.total).toBe(9999);
    expect((await post("/api/queues/tasks", { type: "cover.shrink", items: [...items, { width: 1 }] })).status).toBe(
      400,
    );
  });
});

describe("reading", () => {
  test("GET /api/queues lists tasks without a parent by status, type and whoever asked", async () => {
    const list = await ask({ type: "cover.shrink", items: [{ width: 1 }] });
    const one = await ask({ type: "cover.shrink", meta: { width: 2 } });
    const book = await ask({ type: "scrape.book", meta: books("a")[0] }, asPerson("member"));
    await run("cover.shrink", "done");
    const ids = async (query: string, headers?: Headers) =>
      (await get<Page<QueuedTask>>(`/api/queues?${query}`, headers)).body.items.map(({ id }) => id);
    expect(await ids("")).toEqual([book.id, one.id, list.id]);
    expect(await ids("type=cover.shrink")).toEqual([one.id, list.id]);
    expect(await ids("status=done")).toEqual([one.id, list.id]);
    expect(await ids("status=live")).toEqual([book.id]);
    expect(await ids("created_by=person:member")).toEqual([book.id]);
    expect(await ids("created_by=me")).toEqual([one.id, list.id]);
    expect(await ids("created_by=me", asPerson("member"))).toEqual([book.id]);
    expect(await ids("created_by=me", asPerson("reader"))).toEqual([]);
    const page = (await get<Page<QueuedTask>>("/api/queues?limit=2")).body;
    expect(await ids(`limit=2&cursor=${encodeURIComponent(page.nextCursor ?? "")}`)).toEqual([list.id]);
  });

  test("each says what it is about and how far all of it is, with its pace and its end", async () => {
    const items = Array.from({ length: 10 }, (_, width) => ({ width }));
    const { id } = await ask({ type: "cover.shrink", items });
    const [{ id: first, lease } = { id: "", lease: 0 }] = (
      await stage.queue.claim({ runner: "r", kinds: ["cover.shrink"], limit: 1, leaseMs: 60_000 })
    ).tasks;
    stage.clock.now += 4000;
    await stage.queue.settle([{ taskId: first, lease, outcome: { type: "done" } }]);
    const eta = new Date(stage.clock.now + 36_000).toISOString();
    const expected = { id, subject: "10 × cover.shrink", overall: { fraction: 0.1, rate: 0.25, eta } };
    expect((await detail(id, "?limit=0")).task).toMatchObject(expected);
    expect((await get<Page<QueuedTask>>("/api/queues")).body.items).toMatchObject([expected]);
    expect((await get<Page<QueuedTask>>("/api/queues/ongoing")).body.items).toMatchObject([expected]);
    await run("cover.shrink", "done");
    expect((await detail(id)).task).toMatchObject({ status: "done", overall: { fraction: 1, rate: null, eta: null } });
    expect((await get("/api/queues/ongoing")).body).toEqual({ items: [] });
  });

  test("items are paged by their index", async () => {
    const { id } = await ask({ type: "cover.shrink", items: [1, 2, 3, 4, 5].map((width) => ({ width })) });
    const seen: unknown[] = [];
    let from: number | null = 0;
    while (from !== null) {
      const page: QueueDetail = await detail(id, `?limit=2&from=${from}`);
      seen.push(...page.items.map(({ index, task }) => [index, task.payload["width"]]));
      from = page.next;
    }
    expect(seen).toEqual([0, 1, 2, 3, 4].map((index) => [index, index + 1]));
    expect(await detail(id, "?limit=0")).toMatchObject({ items: [], next: 0 });
  });

  test("an item is answered with its log, under its own task alone", async () => {
    const { id } = await ask({ type: "cover.shrink", items: [{ width: 1 }, { width: 2 }] });
    const other = await ask({ type: "cover.shrink", items: [{ width: 3 }] });
    const [item] = (await detail(id)).items;
    await run("cover.shrink", "fail");
    const answer = await get(`/api/queues/${id}/items/${item?.task.id}`);
    expect(answer).toMatchObject({
      status: 200,
      body: { task: { parent: id, status: "failed" }, log: { items: [{ code: "BLOCKED_CHALLENGE" }] } },
    });
    for (const path of [`${other.id}/items/${item?.task.id}`, `${id}/items/${id}`, `${id}/items/x`, "x"]) {
      expect(await get(`/api/queues/${path}`)).toMatchObject({ status: 404, body: { code: "TASK_NOT_FOUND" } });
    }
  });
});

describe("cancelling", () => {
  test("ends what waits at once and asks what runs; 202 again and again", async () => {
    const { id } = await ask({ type: "cover.shrink", items: [1, 2, 3].map((width) => ({ width })) });
    await stage.queue.claim({ runner: "r", kinds: ["cover.shrink"], limit: 1, leaseMs: 60_000 });
    expect(await post(`/api/queues/${id}/cancel`)).toMatchObject({ status: 202, body: { status: "cancelling" } });
    const { items } = await detail(id);
    expect(items.map(({ task }) => task.status)).toEqual(["cancelling", "cancelled", "cancelled"]);
    expect(await post(`/api/queues/${id}/cancel`)).toMatchObject({ status: 202 });
    expect(await post("/api/queues/x/cancel")).toMatchObject({ status: 404 });
  });
});

describe("trying again", () => {
  test("what failed is tried again, what is done is not", async () => {
    const { id } = await ask({ type: "cover.shrink", items: [1, 2, 3].map((width) => ({ width })) });
    await run("cover.shrink", "done", "fail", "done");
    expect((await detail(id)).task).toMatchObject({ status: "done", error: { code: "CHILDREN_FAILED" } });
    const retried = await post(`/api/queues/${id}/retry`);
    expect(retried).toMatchObject({ status: 202, body: { status: "waiting", children: { done: 2, failed: 0 } } });
    expect(await run("cover.shrink", "done")).toBe(1);
    expect((await detail(id)).task).toMatchObject({ status: "done", error: null });
    expect((await post(`/api/queues/${id}/retry`)).status).toBe(200);
  });

  test("what was cancelled only when asked for", async () => {
    const { id } = await ask({ type: "cover.shrink", items: [{ width: 1 }] });
    await post(`/api/queues/${id}/cancel`);
    expect(await post(`/api/queues/${id}/retry`)).toMatchObject({ status: 200, body: { status: "cancelled" } });
    const retried = await post(`/api/queues/${id}/retry`, { cancelled: true });
    expect(retried).toMatchObject({ status: 202, body: { status: "waiting" } });
  });

  test("nor is it when what failed cannot be tried again, because another task does it by now", async () => {
    const { id } = await ask({ type: "scrape.book", items: books("a", "b"), onChildFailure: "fail" });
    const [, second] = (await detail(id)).items;
    await post(`/api/queues/${second?.task.id}/cancel`);
    await run("scrape.book", "fail");
    await ask({ type: "scrape.book", meta: { url: "https://novels.example/a" } });
    expect(await post(`/api/queues/${id}/retry`)).toMatchObject({
      status: 200,
      body: { status: "failed", children: { failed: 1, cancelled: 1 } },
    });
  });

  test("a task without items is tried again itself", async () => {
    const { id } = await ask({ type: "cover.shrink", meta: { width: 1 } });
    expect((await post(`/api/queues/${id}/retry`)).status).toBe(200);
    await run("cover.shrink", "fail");
    expect(await post(`/api/queues/${id}/retry`)).toMatchObject({ status: 202, body: { status: "pending" } });
  });
});
