import { type Connection, type TemporaryStore, startTemporaryStore } from "@chapterhouse/pocketbase";
import { createPocketBaseLibrary, textHash } from "@chapterhouse/library";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// What PocketBase itself lets nobody do, whatever our own code does.
let store: TemporaryStore;
let chapterId: string;
let fence: { taskId: string; lease: number };
beforeAll(async () => {
  store = await startTemporaryStore();
  const task = await store.superuser.sdk
    .collection("tasks")
    .create({ kind: "scrape.book", lane: "default", status: "running", lease: 1, runner: "r", max_attempts: 1 });
  fence = { taskId: task.id, lease: 1 };
  const library = createPocketBaseLibrary(store.runner);
  const facts = { author: "", summary: "", genres: [], language: "", status: "unknown", source: "s" } as const;
  const book = await library.saveBook(
    { url: "https://a.example/b", title: "B", ...facts, advertisedChapters: null },
    fence,
  );
  const listed = [{ url: "https://a.example/b/1", title: "1" }];
  chapterId = (await library.reconcileChapters(book.slug, listed, fence)).chapters[0]?.id ?? "";
  await library.publishChapter(chapterId, { html: "<p>Words.</p>", text: "Words." }, fence);
});
afterAll(() => store.stop());

const COLLECTIONS = ["books", "covers", "chapters", "chapter_bodies", "narrations"];

const draft = (more: Record<string, string> = {}) => {
  const form = new FormData();
  const fields = {
    chapter: chapterId,
    voice: "flite:rms",
    engine: "flite",
    text_hash: textHash("Words."),
    state: "draft",
  };
  for (const [name, value] of Object.entries({ ...fields, bytes: "5", mime_type: "audio/mpeg", ...more })) {
    form.append(name, value);
  }
  form.append("audio", new Blob(["audio"]), "narration.mp3");
  return form;
};

/** The token of a person, by the same sign-in that the backend uses. */
const personToken = async () => {
  const answer = await fetch(`${store.url}/api/collections/users/auth-with-password`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ identity: store.admin.email, password: store.admin.password }),
  });
  return ((await answer.json()) as { token: string }).token;
};

describe("guests and people", () => {
  test("read nothing and call nothing of the library", async () => {
    for (const token of ["", await personToken()]) {
      const headers = { authorization: token, "content-type": "application/json" };
      for (const collection of COLLECTIONS) {
        const list = await fetch(`${store.url}/api/collections/${collection}/records`, { headers });
        expect((await list.json()) as unknown).toMatchObject({ totalItems: 0 });
        const created = await fetch(`${store.url}/api/collections/${collection}/records`, {
          method: "POST",
          headers,
          body: "{}",
        });
        expect([400, 403]).toContain(created.status);
      }
      for (const [method, path] of [
        ["GET", "books"],
        ["GET", "chapter?slug=b&number=1"],
        ["POST", "book/save"],
        ["POST", "book/remove"],
      ] as const) {
        const answer = await fetch(`${store.url}/api/library/${path}`, {
          method,
          headers,
          ...(method === "POST" && { body: "{}" }),
        });
        expect([401, 403]).toContain(answer.status);
      }
    }
  });
});

describe("services", () => {
  const refused = { status: expect.toBeOneOf([400, 403, 404]) };

  test("write records only where a file must come in, and then as a draft", async () => {
    const { backend, runner } = store;
    const create = (as: Connection, form: FormData) => as.sdk.collection("narrations").create(form);
    await expect(create(backend, draft())).rejects.toMatchObject(refused);
    await expect(create(runner, draft({ state: "published" }))).rejects.toMatchObject(refused);
    const { id } = await create(runner, draft());
    for (const as of [backend, runner]) {
      const records = as.sdk.collection("narrations");
      await expect(records.update(id, { state: "published" })).rejects.toMatchObject(refused);
      await expect(records.delete(id)).rejects.toMatchObject(refused);
      await expect(as.sdk.collection("books").create({ title: "x" })).rejects.toMatchObject(refused);
      await expect(as.sdk.collection("chapters").update(chapterId, { title: "x" })).rejects.toMatchObject(refused);
    }
  });

  test("publish as the runner alone, remove as the backend alone", async () => {
    const { backend, runner } = store;
    const save = backend.call("POST", "/api/library/chapter/fail", { fence, chapterId, error: {} });
    await expect(save).rejects.toMatchObject({ code: "FORBIDDEN" });
    const remove = runner.call("POST", "/api/library/book/remove", { slug: "b" });
    await expect(remove).rejects.toMatchObject({ code: "FORBIDDEN" });
  });

  test("cannot store a text under another's hash", async () => {
    const body = { fence, chapterId, html: "", text: "Words.", textHash: textHash("Other."), words: 1 };
    const publish = store.runner.call("POST", "/api/library/chapter/publish", body);
    await expect(publish).rejects.toMatchObject({ code: "BAD_REQUEST" });
  });
});

test("an upload that was never published is gone with the first publication a day later", async () => {
  const uploads = store.runner.sdk.collection("narrations");
  const dayAgo = Date.now() - 25 * 3600 * 1000;
  const forgotten = await uploads.create(draft({ created_at: String(dayAgo) }));
  const fresh = await uploads.create(draft({ created_at: String(Date.now()) }));
  const published = await uploads.create(draft({ voice: "flite:slt" }));
  await store.runner.call("POST", "/api/library/narration/publish", { fence, narrationId: published.id });
  const left = (await uploads.getFullList()).map(({ id }) => id);
  expect(left).toContain(fresh.id);
  expect(left).toContain(published.id);
  expect(left).not.toContain(forgotten.id);
});
