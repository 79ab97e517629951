import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import type { BookDraft, Library, PublishFence, StoredFile } from "@chapterhouse/library";
import { countWords, textHash } from "@chapterhouse/library";
import { describe, expect, test } from "vitest";

/** One adapter, set up: the backend's and the runner's library, and a way to get a lease. */
export interface Stage {
  readonly reader: Library;
  readonly writer: Library;
  /** A task in `status` (default running) and its lease. */
  readonly claim: (status?: string) => Promise<PublishFence>;
  /** Where files may be written. */
  readonly folder: string;
}

let books = 0;

const bookDraft = (more: Partial<BookDraft> = {}): BookDraft => ({
  url: `https://novels.example/book/${(books += 1)}`,
  title: `Title ${books}`,
  author: "A. Author",
  summary: "First.\nSecond.",
  genres: ["fantasy"],
  language: "en",
  status: "ongoing",
  source: "fallback",
  advertisedChapters: null,
  ...more,
});

const listOf = (book: { url: string }, ...names: string[]) =>
  names.map((name) => ({ url: `${book.url}/${name}`, title: `Chapter ${name}` }));

const chapterText = (text: string) => ({ html: `<p>${text}</p>`, text });

const bytesOf = async (file: StoredFile | null) => (file ? buffer(file.body) : null);

const lost = { code: "LEASE_LOST" };

/** What `Library` promises, told once and run on every adapter. */
export const libraryConformance = (setUp: () => Promise<Stage>): void => {
  /** A book with the chapters a, b and c, of which a and c are stored. */
  const withBook = async () => {
    const stage = await setUp();
    const fence = await stage.claim();
    const book = await stage.writer.saveBook(bookDraft(), fence);
    const { chapters } = await stage.writer.reconcileChapters(book.slug, listOf(book, "a", "b", "c"), fence);
    const id = (name: string) => chapters.find(({ url }) => url.endsWith(`/${name}`))?.id ?? "";
    await stage.writer.publishChapter(id("a"), chapterText("It was a dark night."), fence);
    await stage.writer.publishChapter(id("c"), chapterText("The end."), fence);
    const narrate = async (name: string, text: string, audio: string, by = fence, voice = "flite:rms") => {
      const path = join(stage.folder, `${book.slug}-${name}.mp3`);
      await writeFile(path, audio);
      const sentences = [{ text, startMs: 0, endMs: 900 }];
      const facts = { voice, engine: "flite", textHash: textHash(text), durationMs: 1000, loudnessLufs: -19.2 };
      return stage.writer.publishNarration(
        { chapterId: id(name), ...facts, sentences, audio: { path, mimeType: "audio/mpeg" } },
        by,
      );
    };
    return { ...stage, fence, book, id, narrate };
  };

  describe("books", () => {
    test("a book keeps its identity and its slug when its page changes", async () => {
      const { reader, writer, claim } = await setUp();
      const fence = await claim();
      const draft = bookDraft({ title: "Große Träume: L'Été", advertisedChapters: 12 });
      const first = await writer.saveBook(draft, fence);
      expect(first).toMatchObject({
        slug: expect.stringMatching(/^grosse-traume-lete/),
        url: draft.url,
        hasCover: false,
      });
      expect(first.chapters).toEqual({ advertised: 12, listed: 0, stored: 0, failed: 0 });
      const second = await writer.saveBook({ ...draft, title: "Renamed", genres: ["a", "b"] }, fence);
      expect(second).toMatchObject({ id: first.id, slug: first.slug, title: "Renamed", genres: ["a", "b"] });
      expect(second.createdAt).toBe(first.createdAt);
      expect(await reader.getBook(first.slug)).toEqual(second);
      expect(await reader.findBookByUrl(draft.url)).toEqual(second);
    });

    test("books of one title get suffixes", async () => {
      const { writer, claim } = await setUp();
      const fence = await claim();
      const title = `Twins ${(books += 1)}`;
      const slugs: string[] = [];
      for (let n = 0; n < 3; n += 1) slugs.push((await writer.saveBook(bookDraft({ title }), fence)).slug);
      const base = title.toLowerCase().replace(" ", "-");
      expect(slugs).toEqual([base, `${base}-2`, `${base}-3`]);
    });

    test("what is not there is null, or false", async () => {
      const { reader } = await setUp();
      expect(await reader.getBook("nowhere")).toBeNull();
      expect(await reader.findBookByUrl("https://nowhere.example/")).toBeNull();
      expect(await reader.readCover("nowhere")).toBeNull();
      expect(await reader.getChapter("nowhere", 1)).toBeNull();
      expect(await reader.listChapters("nowhere", { limit: 5 })).toEqual({ items: [], nextCursor: null });
      expect(await reader.getNarration("nowhere")).toBeNull();
      expect(await reader.readAudio("nowhere", null)).toBeNull();
      expect(await reader.findNarration("nowhere", "flite:rms", textHash(""))).toBeNull();
      expect(await reader.removeBook("nowhere")).toBe(false);
    });

    test("lists page through, most recently updated first, and are searched without case or accents", async () => {
      const { reader, writer, claim } = await setUp();
      const fence = await claim();
      const mark = `mark${(books += 1)}`;
      const slugs: string[] = [];
      for (let n = 0; n < 5; n += 1) {
        slugs.push((await writer.saveBook(bookDraft({ author: `Émile ${mark} ${n}` }), fence)).slug);
        await new Promise((later) => setTimeout(later, 2)); // times are ms; the order must not hang on ids
      }
      const [oldest = ""] = slugs;
      const [chapter] = (
        await writer.reconcileChapters(oldest, listOf({ url: `https://x.example/${mark}` }, "a"), fence)
      ).chapters;
      await writer.publishChapter(chapter?.id ?? "", chapterText("Fresh words."), fence);
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<Library["listBooks"]>> = await reader.listBooks({
          limit: 2,
          q: `emile ${mark.toUpperCase()}`,
          ...(cursor && { cursor }),
        });
        seen.push(...page.items.map(({ slug }) => slug));
        cursor = page.nextCursor;
      } while (cursor);
      expect(seen).toEqual([oldest, ...slugs.slice(1).toReversed()]);
      expect((await reader.listBooks({ limit: 5, q: "%_'" })).items).toEqual([]);
      await expect(reader.listBooks({ limit: 5, cursor: "nonsense!" })).rejects.toMatchObject({ code: "BAD_REQUEST" });
    });

    test("saving a book that reads as before does not make it the most recent one", async () => {
      const { writer, claim } = await setUp();
      const fence = await claim();
      const draft = bookDraft();
      const first = await writer.saveBook(draft, fence);
      await new Promise((later) => setTimeout(later, 3));
      expect((await writer.saveBook(draft, fence)).updatedAt).toBe(first.updatedAt);
    });

    test("a cover is published whole and replaced whole", async () => {
      const { reader, writer, book, fence } = await withBook();
      const jpeg = (tail: string) =>
        Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.from(`..JFIF${tail}`)]);
      for (const tail of ["one", "two, longer"]) {
        await writer.saveCover(book.slug, jpeg(tail), "image/jpeg", fence);
        const cover = await reader.readCover(book.slug);
        expect(cover).toMatchObject({ status: 200, mimeType: "image/jpeg", length: jpeg(tail).length });
        expect(await bytesOf(cover)).toEqual(jpeg(tail));
      }
      expect((await reader.getBook(book.slug))?.hasCover).toBe(true);
      const nowhere = writer.saveCover("nowhere", jpeg(""), "image/jpeg", fence);
      await expect(nowhere).rejects.toMatchObject({ code: "BOOK_NOT_FOUND" });
    });

    test("removing a book removes everything of it", async () => {
      const { reader, book, id, narrate } = await withBook();
      const narration = await narrate("a", "It was a dark night.", "audio");
      expect(await reader.removeBook(book.slug)).toBe(true);
      expect(await reader.getBook(book.slug)).toBeNull();
      expect(await reader.getNarration(narration.id)).toBeNull();
      expect(await reader.readAudio(narration.id, null)).toBeNull();
      expect(await reader.findNarration(id("a"), narration.voice, narration.textHash)).toBeNull();
      expect((await reader.listChapters(book.slug, { limit: 10 })).items).toEqual([]);
    });
  });

  describe("chapters", () => {
    const numbers = async (reader: Library, slug: string) =>
      (await reader.listChapters(slug, { limit: 500 })).items.map(({ url, number, title, state }) =>
        [url.split("/").at(-1), number, title, state].join(" "),
      );

    test("the list is followed: added, moved, renamed, gone, returned", async () => {
      const { reader, writer, book, fence } = await withBook();
      const list = (...names: string[]) => listOf(book, ...names);
      const counts = { added: 0, moved: 0, renamed: 0, gone: 0 };
      const again = await writer.reconcileChapters(book.slug, list("a", "b", "c"), fence);
      expect(again).toMatchObject(counts);
      expect(again.chapters.map(({ number, state }) => `${number} ${state}`)).toEqual([
        "1 stored",
        "2 listed",
        "3 stored",
      ]);

      const changed = await writer.reconcileChapters(
        book.slug,
        [...list("new", "c"), { url: `${book.url}/b`, title: "Another name" }],
        fence,
      );
      expect(changed).toMatchObject({ added: 1, moved: 2, renamed: 1, gone: 1 });
      expect(await numbers(reader, book.slug)).toEqual([
        "new 1 Chapter new listed",
        "c 2 Chapter c stored",
        "b 3 Another name listed",
      ]);
      expect((await reader.getBook(book.slug))?.chapters).toMatchObject({ listed: 3, stored: 1, failed: 0 });

      const returned = await writer.reconcileChapters(book.slug, list("a", "new", "c"), fence);
      expect(returned).toMatchObject({ added: 1, moved: 2, renamed: 0, gone: 1 });
      expect(await numbers(reader, book.slug)).toEqual([
        "a 1 Chapter a stored",
        "new 2 Chapter new listed",
        "c 3 Chapter c stored",
      ]);
      expect((await reader.getChapter(book.slug, 1))?.text).toBe("It was a dark night.");
    });

    test("an address that is listed twice counts where it stands first", async () => {
      const { reader, writer, book, fence } = await withBook();
      await writer.reconcileChapters(book.slug, listOf(book, "c", "a", "b", "c"), fence);
      expect(await numbers(reader, book.slug)).toEqual([
        "c 1 Chapter c stored",
        "a 2 Chapter a stored",
        "b 3 Chapter b listed",
      ]);
    });

    test("3,000 chapters in one call, then paged by position", async () => {
      const { reader, writer, claim } = await setUp();
      const fence = await claim();
      const book = await writer.saveBook(bookDraft(), fence);
      const names = Array.from({ length: 3000 }, (_, index) => `n${index}`);
      const answer = await writer.reconcileChapters(book.slug, listOf(book, ...names), fence);
      expect(answer).toMatchObject({ added: 3000, gone: 0 });
      expect(answer.chapters.at(-1)).toMatchObject({ number: 3000, title: "Chapter n2999", state: "listed" });
      const shuffled = await writer.reconcileChapters(book.slug, listOf(book, ...names.toReversed()), fence);
      expect(shuffled).toMatchObject({ added: 0, moved: 3000, gone: 0 });
      const seen: number[] = [];
      let cursor: string | null = null;
      do {
        const query = { limit: 500, ...(cursor && { cursor }) };
        const page: Awaited<ReturnType<Library["listChapters"]>> = await reader.listChapters(book.slug, query);
        seen.push(...page.items.map(({ number }) => number));
        cursor = page.nextCursor;
      } while (cursor);
      expect(seen).toEqual(names.map((_, index) => index + 1));
    });

    test("publishing stores words and hash, and the neighbours are the stored ones", async () => {
      const { reader, book } = await withBook();
      const text = "It was a dark night.";
      expect(await reader.getChapter(book.slug, 1)).toMatchObject({
        ...chapterText(text),
        state: "stored",
        words: 5,
        textHash: textHash(text),
        error: null,
        previous: null,
        next: 3,
        narrations: [],
        fetchedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      });
      expect(await reader.getChapter(book.slug, 2)).toMatchObject({
        state: "listed",
        text: "",
        textHash: null,
        previous: 1,
        next: 3,
      });
      expect(await reader.getChapter(book.slug, 4)).toBeNull();
      expect(await reader.getChapter(book.slug, 0)).toBeNull();
      expect((await reader.getBook(book.slug))?.chapters).toMatchObject({ listed: 3, stored: 2, failed: 0 });
    });

    test("a title that the chapter's page knows better survives until the list changes it", async () => {
      const { reader, writer, book, id, fence } = await withBook();
      await writer.publishChapter(id("b"), { ...chapterText("Words."), title: "A better title" }, fence);
      const unchanged = await writer.reconcileChapters(book.slug, listOf(book, "a", "b", "c"), fence);
      expect(unchanged.renamed).toBe(0);
      expect((await reader.getChapter(book.slug, 2))?.title).toBe("A better title");
    });

    test("a failure is shown with its reason, and never replaces a text", async () => {
      const { reader, writer, book, id, fence } = await withBook();
      const error = { code: "BLOCKED_CHALLENGE", message: "A challenge page" };
      await writer.failChapter(id("a"), error, fence);
      await writer.failChapter(id("b"), error, fence);
      const items = (await reader.listChapters(book.slug, { limit: 10 })).items;
      expect(items.map(({ state }) => state)).toEqual(["stored", "failed", "stored"]);
      expect(items[0]?.error).toBeNull();
      expect(items[1]?.error).toEqual(error);
      expect((await reader.getBook(book.slug))?.chapters).toMatchObject({ stored: 2, failed: 1 });
      await writer.publishChapter(id("b"), chapterText("At last."), fence);
      expect((await reader.getChapter(book.slug, 2))?.error).toBeNull();
      expect((await reader.getBook(book.slug))?.chapters).toMatchObject({ stored: 3, failed: 0 });
    });

    test("a chapter without a word is not published", async () => {
      const { reader, writer, book, id, fence } = await withBook();
      const empty = writer.publishChapter(id("b"), chapterText(" \n — … "), fence);
      await expect(empty).rejects.toMatchObject({ code: "BAD_REQUEST" });
      expect((await reader.getChapter(book.slug, 2))?.state).toBe("listed");
      const nowhere = writer.publishChapter("nowhere", chapterText("Words."), fence);
      await expect(nowhere).rejects.toMatchObject({ code: "CHAPTER_NOT_FOUND" });
    });

    test("a long chapter in any script comes back as it went in", async () => {
      const { reader, writer, book, id, fence } = await withBook();
      const text = Array.from({ length: 4000 }, (_, n) => `Absatz ${n}: “Ünïcödé” 第${n}章 🦊 {{x}} [[y]] {:z} ?`).join(
        "\n",
      );
      await writer.publishChapter(id("b"), chapterText(text), fence);
      const chapter = await reader.getChapter(book.slug, 2);
      expect(chapter?.text === text).toBe(true);
      expect(chapter).toMatchObject({ words: countWords(text), textHash: textHash(text) });
    });
  });

  describe("narrations", () => {
    test("are published with their sentences, and found by text and voice", async () => {
      const { reader, book, id, narrate } = await withBook();
      const text = "It was a dark night.";
      const narration = await narrate("a", text, "0123456789");
      expect(narration).toMatchObject({
        slug: book.slug,
        chapterId: id("a"),
        chapter: 1,
        current: true,
        bytes: 10,
        durationMs: 1000,
        loudnessLufs: -19.2,
        mimeType: "audio/mpeg",
      });
      expect(await reader.getNarration(narration.id)).toEqual({
        ...narration,
        sentences: [{ text, startMs: 0, endMs: 900 }],
      });
      expect(await reader.findNarration(id("a"), "flite:rms", textHash(text))).toEqual(narration);
      expect(await reader.findNarration(id("a"), "flite:slt", textHash(text))).toBeNull();
      expect(await reader.findNarration(id("a"), "flite:rms", textHash("Else."))).toBeNull();
      expect((await reader.getChapter(book.slug, 1))?.narrations).toEqual([narration]);
      expect((await reader.listChapters(book.slug, { limit: 10 })).items.map(({ voices }) => voices)).toEqual([
        ["flite:rms"],
        [],
        [],
      ]);
      expect((await reader.getBook(book.slug))?.narrations).toBe(1);
    });

    test("one a chapter and voice: the newer replaces the older, other voices stay", async () => {
      const { reader, book, narrate, fence } = await withBook();
      const text = "It was a dark night.";
      const older = await narrate("a", text, "older");
      const other = await narrate("a", text, "other", fence, "flite:slt");
      const newer = await narrate("a", text, "newer!");
      expect(await reader.getNarration(older.id)).toBeNull();
      expect(await reader.readAudio(older.id, null)).toBeNull();
      expect((await bytesOf(await reader.readAudio(newer.id, null)))?.toString()).toBe("newer!");
      expect((await bytesOf(await reader.readAudio(other.id, null)))?.toString()).toBe("other");
      expect((await reader.getBook(book.slug))?.narrations).toBe(2);
    });

    test("of a text that changed is no longer current", async () => {
      const { reader, writer, book, id, fence, narrate } = await withBook();
      const narration = await narrate("a", "It was a dark night.", "audio");
      await writer.publishChapter(id("a"), chapterText("It was a bright night."), fence);
      expect((await reader.getNarration(narration.id))?.current).toBe(false);
      expect((await reader.getChapter(book.slug, 1))?.voices).toEqual([]);
    });

    test("of a chapter that is gone with its book are refused", async () => {
      const { book, reader, fence, writer, id, folder } = await withBook();
      await reader.removeBook(book.slug);
      const path = join(folder, "late.mp3");
      await writeFile(path, "late");
      const facts = { textHash: textHash("x"), durationMs: 1, loudnessLufs: -19, sentences: [] };
      const audio = { path, mimeType: "audio/mpeg" };
      const draft = { chapterId: id("a"), voice: "flite:rms", engine: "flite", ...facts, audio };
      await expect(writer.publishNarration(draft, fence)).rejects.toMatchObject({ code: "CHAPTER_NOT_FOUND" });
    });

    test("a reader who stops early disturbs nobody", async () => {
      const { reader, narrate } = await withBook();
      const audio = "x".repeat(3_000_000);
      const { id } = await narrate("a", "It was a dark night.", audio);
      const file = await reader.readAudio(id, null);
      file?.body.destroy();
      expect((await bytesOf(await reader.readAudio(id, null)))?.length).toBe(audio.length);
    });

    test("are read whole or in ranges", async () => {
      const { reader, narrate } = await withBook();
      const { id } = await narrate("a", "It was a dark night.", "0123456789");
      const cases: [string | null, number, string, string | null][] = [
        [null, 200, "0123456789", null],
        ["bytes=0-3", 206, "0123", "bytes 0-3/10"],
        ["bytes=4-", 206, "456789", "bytes 4-9/10"],
        ["bytes=-2", 206, "89", "bytes 8-9/10"],
        ["bytes=8-99", 206, "89", "bytes 8-9/10"],
        ["bytes=10-", 416, "", "bytes */10"],
        ["bytes=-0", 416, "", "bytes */10"],
        ["bytes=3-1", 200, "0123456789", null],
        ["bytes=0-1,4-5", 200, "0123456789", null],
        ["chapters=1-2", 200, "0123456789", null],
      ];
      for (const [range, status, body, contentRange] of cases) {
        const file = await reader.readAudio(id, range);
        const answer = file && { status: file.status, contentRange: file.contentRange, length: file.length };
        const read = { range, ...answer, body: (await bytesOf(file))?.toString() };
        expect(read).toEqual({ range, status, contentRange, length: body.length, body });
      }
    });
  });

  describe("fences", () => {
    test("every write without the lease is refused and changes nothing", async () => {
      const { reader, writer, claim, book, id, narrate } = await withBook();
      const done = await claim("done");
      const running = await claim();
      const stale = { ...running, lease: running.lease - 1 };
      const before = [await reader.getBook(book.slug), await reader.listChapters(book.slug, { limit: 10 })];
      for (const fence of [done, stale, { taskId: "nowhere", lease: 1 }]) {
        const draft = bookDraft();
        await expect(writer.saveBook(draft, fence)).rejects.toMatchObject(lost);
        await expect(writer.saveBook({ ...draft, url: book.url }, fence)).rejects.toMatchObject(lost);
        expect(await reader.findBookByUrl(draft.url)).toBeNull();
        const png = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");
        await expect(writer.saveCover(book.slug, png, "image/png", fence)).rejects.toMatchObject(lost);
        await expect(writer.reconcileChapters(book.slug, [], fence)).rejects.toMatchObject(lost);
        await expect(writer.publishChapter(id("b"), chapterText("Late."), fence)).rejects.toMatchObject(lost);
        await expect(writer.failChapter(id("b"), { code: "X", message: "" }, fence)).rejects.toMatchObject(lost);
        await expect(narrate("a", "It was a dark night.", "late", fence)).rejects.toMatchObject(lost);
      }
      expect([await reader.getBook(book.slug), await reader.listChapters(book.slug, { limit: 10 })]).toEqual(before);
    });

    test("a task that is being cancelled may still publish", async () => {
      const { reader, writer, claim, book, id } = await withBook();
      await writer.publishChapter(id("b"), chapterText("Just in time."), await claim("cancelling"));
      expect((await reader.getChapter(book.slug, 2))?.state).toBe("stored");
    });
  });
};
