import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createAppUnderTest, fillLibrary } from "./app-under-test.ts";

let stage: ReturnType<typeof createAppUnderTest>;
beforeEach(async () => {
  stage = createAppUnderTest();
  await fillLibrary(stage.library);
});
afterEach(() => stage.app.close());

const post = async (url: string, payload?: object) => {
  const headers = { authorization: stage.authorization };
  const answer = await stage.app.inject({ method: "POST", url, headers, ...(payload && { payload }) });
  return { status: answer.statusCode, body: answer.json() };
};
const get = async (url: string) =>
  (await stage.app.inject({ url, headers: { authorization: stage.authorization } })).json();

describe("scraping", () => {
  test.each([
    ["/api/scrape/catalogue", {}, "scrape.catalogue"],
    ["/api/scrape/book", {}, "scrape.book"],
    ["/api/scrape/book/range", { fromChapter: 2, toChapter: 2 }, "scrape.book_range"],
  ])("%s adds a task once, under one spelling of its address", async (url, more, kind) => {
    const first = await post(url, { url: "HTTPS://Novels.Example:443/whale#top", ...more });
    expect(first).toMatchObject({ status: 202, body: { created: true, task: { kind, status: "pending" } } });
    expect(first.body.task.payload).toEqual({ url: "https://novels.example/whale", ...more });
    const again = await post(url, { url: "https://novels.example/whale", ...more });
    expect(again).toMatchObject({ status: 200, body: { created: false, task: { id: first.body.task.id } } });
    expect(await get(`/api/tasks/${first.body.task.id}`)).toEqual(first.body.task);
  });
});

describe("narrating a chapter", () => {
  test("adds a task once, in the default voice when none is asked for", async () => {
    const first = await post("/api/audio/the-whale/1");
    expect(first).toMatchObject({ status: 202, body: { created: true, narration: null } });
    expect(first.body.task.payload).toEqual({ slug: "the-whale", chapter: 1, voice: "flite:rms" });
    const again = await post("/api/audio/the-whale/1", { voice: "flite:rms" });
    expect(again).toMatchObject({ status: 200, body: { created: false, task: { id: first.body.task.id } } });
  });

  test("answers with the narration when it is there and of this text", async () => {
    const answer = await post("/api/audio/the-whale/1", { voice: "flite:slt" });
    expect(answer).toMatchObject({ status: 200, body: { task: null, created: false, narration: { current: true } } });
    expect((await get("/api/tasks")).items).toEqual([]);
  });
});

describe("narrating a book", () => {
  test.each([
    [{}, { created: 2, alreadyLive: 0, alreadyNarrated: 0, notStored: 1 }, 202],
    [{ voice: "flite:slt" }, { created: 1, alreadyLive: 0, alreadyNarrated: 1, notStored: 1 }, 202],
    [{ from: 2, to: 2 }, { created: 1, alreadyLive: 0, alreadyNarrated: 0, notStored: 0 }, 202],
    [{ from: 3 }, { created: 0, alreadyLive: 0, alreadyNarrated: 0, notStored: 1 }, 200],
  ])("%j", async (body, counts, status) => {
    const answer = await post("/api/audio/the-whale", body);
    expect(answer).toMatchObject({ status, body: counts });
    expect(answer.body.tasks).toHaveLength(counts.created);
  });

  test("twice answers with the live tasks", async () => {
    const first = await post("/api/audio/the-whale");
    const again = await post("/api/audio/the-whale");
    expect(again).toMatchObject({ status: 200, body: { created: 0, alreadyLive: 2 } });
    expect(again.body.tasks).toEqual(first.body.tasks);
  });
});

describe("tasks", () => {
  test("are cancelled, and listed by status, kind and parent", async () => {
    const { body } = await post("/api/scrape/book", { url: "https://novels.example/whale" });
    await post("/api/audio/the-whale/1");
    const cancelled = await post(`/api/tasks/${body.task.id}/cancel`);
    expect(cancelled).toMatchObject({ status: 202, body: { id: body.task.id, status: "cancelled" } });
    expect(await post(`/api/tasks/${body.task.id}/cancel`)).toMatchObject({ status: 202 });
    const kinds = async (query: string) =>
      (await get(`/api/tasks?${query}`)).items.map((task: { kind: string }) => task.kind);
    expect(await kinds("status=live")).toEqual(["narrate.chapter"]);
    expect(await kinds("status=terminal")).toEqual(["scrape.book"]);
    expect(await kinds("status=cancelled")).toEqual(["scrape.book"]);
    expect(await kinds("kind=scrape.book")).toEqual(["scrape.book"]);
    expect(await kinds("parent=none")).toHaveLength(2);
    expect(await kinds(`parent=${body.task.id}`)).toEqual([]);
  });

  test("page by cursor, newest first", async () => {
    for (let n = 0; n < 5; n += 1) await post("/api/scrape/book", { url: `https://novels.example/${n}` });
    const seen: string[] = [];
    let cursor = "";
    do {
      const page = await get(`/api/tasks?limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      seen.push(...page.items.map((task: { payload: { url: string } }) => task.payload.url.slice(-1)));
      cursor = page.nextCursor ?? "";
    } while (cursor);
    expect(seen).toEqual(["4", "3", "2", "1", "0"]);
  });
});

test("the library reads: books, a book, chapters, a chapter, voices; and a book is removed", async () => {
  expect((await get("/api/books?q=WHALE")).items).toHaveLength(1);
  expect((await get("/api/books?q=shark")).items).toEqual([]);
  expect(await get("/api/books/the-whale")).toMatchObject({ chapters: { listed: 3, stored: 2 }, narrations: 1 });
  const first = await get("/api/books/the-whale/chapters?limit=2");
  expect(first.items.map((chapter: { number: number }) => chapter.number)).toEqual([1, 2]);
  expect((await get(`/api/books/the-whale/chapters?limit=2&cursor=${first.nextCursor}`)).items).toHaveLength(1);
  expect(await get("/api/books/the-whale/chapters/1")).toMatchObject({ text: "Words.", next: 2, previous: null });
  const { items } = await get("/api/voices");
  expect(items.filter((voice: { isDefault: boolean }) => voice.isDefault)).toMatchObject([{ id: "flite:rms" }]);
  const headers = { authorization: stage.authorization };
  const removed = await stage.app.inject({ method: "DELETE", url: "/api/books/the-whale", headers });
  expect(removed.statusCode).toBe(204);
  expect((await get("/api/books/the-whale")).code).toBe("BOOK_NOT_FOUND");
});

test("with a book go its tasks, and no other's", async () => {
  const { url } = await get("/api/books/the-whale");
  const own = [
    await post("/api/scrape/book", { url }),
    await post("/api/scrape/book/range", { url, fromChapter: 1, toChapter: 2 }),
    await post("/api/audio/the-whale/2", { voice: "flite:slt" }),
  ];
  const other = await post("/api/scrape/book", { url: "https://novels.example/another" });
  await stage.app.inject({
    method: "DELETE",
    url: "/api/books/the-whale",
    headers: { authorization: stage.authorization },
  });
  const statusOf = async ({ body }: { body: { task: { id: string } } }) =>
    (await get(`/api/tasks/${body.task.id}`)).status;
  expect(await Promise.all(own.map(statusOf))).toEqual(["cancelled", "cancelled", "cancelled"]);
  expect(await statusOf(other)).toBe("pending");
});
