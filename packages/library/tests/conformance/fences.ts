import { describe, expect, test } from "vitest";
import { type SetUp, bookDraft, chapterText, withBook } from "./stage.ts";

export const fencesConformance = (setUp: SetUp): void => {
  describe("fences", () => {
    test("every write without the lease is refused and changes nothing", async () => {
      const { reader, writer, claim, book, id, narrate } = await withBook(setUp);
      const done = await claim("done");
      const running = await claim();
      const stale = { ...running, lease: running.lease - 1 };
      const before = [await reader.getBook(book.slug), await reader.listChapters(book.slug, { limit: 10 })];
      for (const fence of [done, stale, { taskId: "nowhere", lease: 1 }]) {
        const draft = bookDraft();
        await expect(writer.saveBook(draft, fence)).rejects.toMatchObject({ code: "LEASE_LOST" });
        await expect(writer.saveBook({ ...draft, url: book.url }, fence)).rejects.toMatchObject({ code: "LEASE_LOST" });
        expect(await reader.findBookByUrl(draft.url)).toBeNull();
        const png = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");
        await expect(writer.saveCover(book.slug, png, "image/png", fence)).rejects.toMatchObject({
          code: "LEASE_LOST",
        });
        await expect(writer.reconcileChapters(book.slug, [], fence)).rejects.toMatchObject({ code: "LEASE_LOST" });
        await expect(writer.publishChapter(id("b"), chapterText("Late."), fence)).rejects.toMatchObject({
          code: "LEASE_LOST",
        });
        await expect(writer.failChapter(id("b"), { code: "X", message: "" }, fence)).rejects.toMatchObject({
          code: "LEASE_LOST",
        });
        await expect(narrate("a", "It was a dark night.", "late", fence)).rejects.toMatchObject({ code: "LEASE_LOST" });
      }
      expect([await reader.getBook(book.slug), await reader.listChapters(book.slug, { limit: 10 })]).toEqual(before);
    });

    test("a task that is being cancelled may still publish", async () => {
      const { reader, writer, claim, book, id } = await withBook(setUp);
      await writer.publishChapter(id("b"), chapterText("Just in time."), await claim("cancelling"));
      expect((await reader.getChapter(book.slug, 2))?.state).toBe("stored");
    });
  });
};
