import type { Chapter, QueueDetail, QueueTaskCreated } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import { startSystem } from "./start-system.ts";

test("a catalogue that is to be read aloud: its books, their chapters and the narrations wait for each other, all over the REST API", async () => {
  await using system = await startSystem({ site: { chapters: 2, paragraphs: 1 } });
  const { status, body } = await system.call<QueueTaskCreated>("POST", "/api/queues/tasks", {
    type: "scrape.catalogue",
    meta: { url: `${system.site.url}/books`, narrate: "flite:kal16" },
  });
  expect(status).toBe(201);
  const read = async (id: string) => (await system.call<QueueDetail>("GET", `/api/queues/${id}`)).body;
  const over = await system.until(
    () => read(body.task_id),
    ({ task }) => ["done", "failed", "cancelled"].includes(task.status),
  );
  expect(over.task).toMatchObject({ status: "done", error: null, overall: { fraction: 1 } });
  expect(over.items).toMatchObject([{ index: 0, task: { kind: "scrape.book", status: "done" } }]);
  const book = await read(over.items[0]?.task.id ?? "");
  expect(book.task).toMatchObject({ children: { total: 2, done: 2 }, overall: { fraction: 1 } });
  const levels = await Promise.all(book.items.map(({ task }) => read(task.id)));
  expect(levels.map(({ task, items }) => [task.kind, items.map((item) => item.task.kind)])).toEqual([
    ["scrape.chapter", ["narrate.chapter"]],
    ["scrape.chapter", ["narrate.chapter"]],
  ]);
  const { narrations } = (await system.call<Chapter>("GET", "/api/books/the-quay/chapters/2")).body;
  expect(narrations).toMatchObject([{ voice: "flite:kal16", current: true }]);
});
