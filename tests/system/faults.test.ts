import type { Book, ChapterSummary, EnqueueAnswer, Page, Task } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import { type System, startSystem } from "./start-system.ts";

const scrape = async (system: System): Promise<Task> => {
  const { body } = await system.call<EnqueueAnswer>("POST", "/api/scrape/book", { url: system.site.bookUrl });
  return ended(system, body.task.id);
};

const ended = async (system: System, id: string): Promise<Task> => {
  const read = async () => (await system.call<Task>("GET", `/api/tasks/${id}`)).body;
  return system.until(read, ({ status }) => ["done", "failed", "cancelled"].includes(status), 150_000);
};

const chapters = async (system: System): Promise<ChapterSummary[]> =>
  (await system.call<Page<ChapterSummary>>("GET", "/api/books/the-quay/chapters?limit=100")).body.items;

test("a site at its worst: exactly the hopeless chapters are missing, each with its reason, and trying them again completes the book", async () => {
  await using system = await startSystem({
    site: {
      chapters: 20,
      faults: { challenge: [7], empty: [9], truncate: [11], failEvery: 25, refuseEvery: 13 },
    },
  });
  const task = await scrape(system);
  expect(task).toMatchObject({
    status: "done",
    error: { code: "CHILDREN_FAILED" },
    children: { total: 20, done: 18, failed: 2 },
  });
  const listed = await chapters(system);
  expect(
    listed.filter(({ state }) => state !== "stored").map(({ number, state, error }) => [number, state, error?.code]),
  ).toEqual([
    [7, "failed", "BLOCKED_CHALLENGE"],
    [9, "failed", "EMPTY_BODY"],
  ]);
  expect(system.site.visits.some(({ status }) => status === 429)).toBe(true);

  Object.assign(system.site.faults, { challenge: [], empty: [], truncate: [], failEvery: 0, refuseEvery: 0 });
  system.site.visits.length = 0;
  expect(await system.call("POST", `/api/queues/${task.id}/retry`)).toMatchObject({
    status: 202,
    body: { status: "waiting", error: null, children: { total: 20, done: 18, failed: 0 } },
  });
  const counts = { total: 20, done: 20, failed: 0 };
  expect(await ended(system, task.id)).toMatchObject({ status: "done", error: null, children: counts });
  expect(new Set(system.site.visits.map(({ path }) => path))).toEqual(
    new Set(["/book/quay/chapter-7", "/book/quay/chapter-9"]),
  );
  const book = (await system.call<Book>("GET", "/api/books/the-quay")).body;
  expect(book.chapters).toMatchObject({ stored: 20, failed: 0 });
});

test("chapters that a script fills in come through a browser", async () => {
  await using system = await startSystem({ site: { chapters: 2, faults: { scripted: true } } });
  expect(await scrape(system)).toMatchObject({ status: "done", children: { done: 2 } });
  const { body } = await system.call<{ text: string }>("GET", "/api/books/the-quay/chapters/2");
  expect(body.text).toBe(system.site.textOf(2));
});

test("Crawl-delay holds over all runners", async () => {
  await using system = await startSystem({ site: { chapters: 4, crawlDelaySeconds: 1 }, env: { RUNNERS: "2" } });
  expect(await scrape(system)).toMatchObject({ status: "done" });
  // Over all its requests, so that one that was held up on its way to the site does not count against the next.
  const times = system.site.visits.map(({ at }) => at);
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual((times.length - 2) * 1000);
});
