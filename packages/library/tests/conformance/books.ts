import type { Library } from "@chapterhouse/library";
import { textHash } from "@chapterhouse/library";
import { describe, expect, test } from "vitest";
import { type SetUp, bookDraft, bytesOf, chapterText, listOf, unique, withBook } from "./stage.ts";

export const booksConformance = (setUp: SetUp): void => {
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
      const title = `Twins ${unique()}`;
      const slugs: string[] = [];
      for (let n = 0; n < 3; n += 1) slugs.push((await writer.saveBook(bookDraft({ title }), fence)).slug);
      const base = title.toLowerCase().replace(" ", "-");
      expect(slugs).toEqual([base, `${base}-2`, `${base}-3`]);
    });

    test("ten at once of one title, each saved twice at once, are ten books", async () => {
      const { writer, claim } = await setUp();
      const fence = await claim();
      const title = `Crowd ${unique()}`;
      const drafts = Array.from({ length: 10 }, () => bookDraft({ title }));
      const saved = await Promise.all([...drafts, ...drafts].map((draft) => writer.saveBook(draft, fence)));
      expect(new Set(saved.map(({ id }) => id)).size).toBe(10);
      expect(new Set(saved.map(({ slug }) => slug)).size).toBe(10);
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
      const mark = `mark${unique()}`;
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
      const { reader, writer, book, fence } = await withBook(setUp);
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
      const { reader, book, id, narrate } = await withBook(setUp);
      const narration = await narrate("a", "It was a dark night.", "audio");
      expect(await reader.removeBook(book.slug)).toBe(true);
      expect(await reader.getBook(book.slug)).toBeNull();
      expect(await reader.getNarration(narration.id)).toBeNull();
      expect(await reader.readAudio(narration.id, null)).toBeNull();
      expect(await reader.findNarration(id("a"), narration.voice, narration.textHash)).toBeNull();
      expect((await reader.listChapters(book.slug, { limit: 10 })).items).toEqual([]);
    });
  });
};
