import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Book, Chapter, ChapterSummary, EnqueueAnswer, Page, Status, Task } from "@chapterhouse/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type System, startSystem } from "./start-system.ts";

let system: System;
beforeAll(async () => {
  system = await startSystem({ site: { chapters: 25, pageSize: 10, title: "The Quay" } });
});
afterAll(async () => {
  await system.stop();
});

const finished = async (id: string): Promise<Task> => {
  const read = async () => (await system.call<Task>("GET", `/api/tasks/${id}`)).body;
  return system.until(read, ({ status }) => ["done", "failed", "cancelled"].includes(status));
};

const scrape = async (): Promise<Task> => {
  const { status, body } = await system.call<EnqueueAnswer>("POST", "/api/scrape/book", { url: system.site.bookUrl });
  expect(status).toBe(202);
  return finished(body.task.id);
};

describe("from a URL to a voice", () => {
  test("a book's address becomes a book with all its chapters, in order, clean", async () => {
    const task = await scrape();
    expect(task).toMatchObject({ status: "done", children: { total: 25, done: 25, failed: 0 } });
    const book = (await system.call<Book>("GET", "/api/books/the-quay")).body;
    expect(book).toMatchObject({
      title: "The Quay",
      author: "A. Wharfinger",
      status: "completed",
      chapters: { advertised: 25, listed: 25, stored: 25, failed: 0 },
    });
    const list = (await system.call<Page<ChapterSummary>>("GET", "/api/books/the-quay/chapters?limit=100")).body.items;
    expect(list.map(({ number, title }) => [number, title])).toEqual(
      Array.from({ length: 25 }, (_, index) => [index + 1, expect.stringContaining(`Lamp ${index + 1}`)]),
    );
    for (const { number } of list) {
      const chapter = (await system.call<Chapter>("GET", `/api/books/the-quay/chapters/${number}`)).body;
      expect(chapter.text).toBe(system.site.textOf(number));
    }
  });

  test("a second run of the same book asks for lists only", async () => {
    system.site.visits.length = 0;
    const task = await scrape();
    expect(task).toMatchObject({ status: "done", children: { total: 0 } });
    expect(system.site.visits.length).toBeGreaterThan(0);
    expect(system.site.chapterVisits()).toEqual([]);
  });

  test("every request says honestly who asks, and robots.txt was read first", async () => {
    const agents = new Set(system.site.visits.map(({ userAgent }) => userAgent));
    expect([...agents]).toEqual([expect.stringMatching(/^Chapterhouse\/\d/)]);
  });

  test("a chapter is read aloud, and unchanged text is never spoken twice", async () => {
    const first = await system.call<EnqueueAnswer>("POST", "/api/audio/the-quay/1", { voice: "flite:kal16" });
    expect(first.status).toBe(202);
    const task = await finished(first.body.task.id);
    expect(task).toMatchObject({ status: "done", result: { narrationId: expect.any(String) } });
    const again = await system.call("POST", "/api/audio/the-quay/1", { voice: "flite:kal16" });
    expect(again).toMatchObject({ status: 200, body: { task: null, created: false } });

    const { narrations } = (await system.call<Chapter>("GET", "/api/books/the-quay/chapters/1")).body;
    const narration = narrations[0];
    expect(narration).toMatchObject({ current: true, mimeType: "audio/mpeg", voice: "flite:kal16" });
    const audio = await fetch(`${system.url}/api/narrations/${narration?.id}/audio`, {
      headers: { authorization: `Bearer ${system.apiKey}`, range: "bytes=100-199" },
    });
    expect(audio.status).toBe(206);
    expect(audio.headers.get("content-range")).toBe(`bytes 100-199/${narration?.bytes}`);
    expect((await audio.arrayBuffer()).byteLength).toBe(100);
  });

  test("the same book asked for twice while it runs is one task", async () => {
    const { status, body } = await system.call<EnqueueAnswer>("POST", "/api/scrape/book", { url: system.site.bookUrl });
    const twin = await system.call<EnqueueAnswer>("POST", "/api/scrape/book", { url: `${system.site.bookUrl}#top` });
    expect([status, twin.status]).toEqual([202, 200]);
    expect(twin.body).toMatchObject({ created: false, task: { id: body.task.id } });
    await finished(body.task.id);
  });

  test("status is one cheap document with an ETag", async () => {
    const first = await system.call<Status>("GET", "/api/status");
    expect(first.body.tasks.byStatus.done).toBeGreaterThanOrEqual(27);
    expect(first.body.runners.alive).toBe(1);
    const headers = { authorization: `Bearer ${system.apiKey}`, "if-none-match": first.headers.get("etag") ?? "" };
    await system.until(
      async () => (await fetch(`${system.url}/api/status`, { headers })).status,
      (status) => status === 304,
    );
  });
});

describe("secrets", () => {
  test.each(["api-key", "secrets/backend-password", "secrets/runner-password"])(
    "%s is its owner's alone",
    async (name) => {
      expect((await stat(join(system.dataDir, name))).mode & 0o777).toBe(0o600);
    },
  );

  test("the admin's password is shown once and kept nowhere", async () => {
    expect(system.admin.password.length).toBeGreaterThan(16);
    await expect(stat(join(system.dataDir, "secrets", "admin-password"))).rejects.toThrow("ENOENT");
    const signedIn = await fetch(`${system.url}/api/auth/sign-in`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(system.admin),
    });
    expect(signedIn.status).toBe(200);
    expect(signedIn.headers.get("set-cookie")).toMatch(/HttpOnly.*SameSite=Strict|SameSite=Strict.*HttpOnly/);
  });
});
