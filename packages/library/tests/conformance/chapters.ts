import type { Library } from "@chapterhouse/library";
import { countWords, textHash } from "@chapterhouse/library";
import { describe, expect, test } from "vitest";
import { type SetUp, bookDraft, chapterText, listOf, withBook } from "./stage.ts";

export const chaptersConformance = (setUp: SetUp): void => {
  describe("chapters", () => {
    const numbers = async (reader: Library, slug: string) =>
      (await reader.listChapters(slug, { limit: 500 })).items.map(({ url, number, title, state }) =>
        [url.split("/").at(-1), number, title, state].join(" "),
      );

    test("the list is followed: added, moved, renamed, gone, returned", async () => {
      const { reader, writer, book, fence } = await withBook(setUp);
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
      const { reader, writer, book, fence } = await withBook(setUp);
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
      const { reader, book } = await withBook(setUp);
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

    test("a chapter is found by its id, where it stands now", async () => {
      const { reader, writer, book, id, fence } = await withBook(setUp);
      expect(await reader.findChapter(id("b"))).toMatchObject({ number: 2, slug: book.slug, state: "listed" });
      await writer.reconcileChapters(book.slug, listOf(book, "new", "a", "b", "c"), fence);
      await writer.publishChapter(id("b"), chapterText("At last."), fence);
      const [, , listed] = (await reader.listChapters(book.slug, { limit: 10 })).items;
      expect(await reader.findChapter(id("b"))).toEqual(listed);
      expect(listed).toMatchObject({ number: 3, state: "stored" });
      expect(await reader.findChapter("nowhere")).toBeNull();
    });

    test("a title that the chapter's page knows better survives until the list changes it", async () => {
      const { reader, writer, book, id, fence } = await withBook(setUp);
      await writer.publishChapter(id("b"), { ...chapterText("Words."), title: "A better title" }, fence);
      const unchanged = await writer.reconcileChapters(book.slug, listOf(book, "a", "b", "c"), fence);
      expect(unchanged.renamed).toBe(0);
      expect((await reader.getChapter(book.slug, 2))?.title).toBe("A better title");
    });

    test("a failure is shown with its reason, and never replaces a text", async () => {
      const { reader, writer, book, id, fence } = await withBook(setUp);
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
      const { reader, writer, book, id, fence } = await withBook(setUp);
      const empty = writer.publishChapter(id("b"), chapterText(" \n — … "), fence);
      await expect(empty).rejects.toMatchObject({ code: "BAD_REQUEST" });
      expect((await reader.getChapter(book.slug, 2))?.state).toBe("listed");
      const nowhere = writer.publishChapter("nowhere", chapterText("Words."), fence);
      await expect(nowhere).rejects.toMatchObject({ code: "CHAPTER_NOT_FOUND" });
    });

    test("a long chapter in any script comes back as it went in", async () => {
      const { reader, writer, book, id, fence } = await withBook(setUp);
      const text = Array.from({ length: 4000 }, (_, n) => `Absatz ${n}: “Ünïcödé” 第${n}章 🦊 {{x}} [[y]] {:z} ?`).join(
        "\n",
      );
      await writer.publishChapter(id("b"), chapterText(text), fence);
      const chapter = await reader.getChapter(book.slug, 2);
      expect(chapter?.text === text).toBe(true);
      expect(chapter).toMatchObject({ words: countWords(text), textHash: textHash(text) });
    });
  });
};
