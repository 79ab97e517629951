import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { textHash } from "@chapterhouse/library";
import { describe, expect, test } from "vitest";
import { type SetUp, bytesOf, chapterText, withBook } from "./stage.ts";

export const narrationsConformance = (setUp: SetUp): void => {
  describe("narrations", () => {
    test("are published with their sentences, and found by text and voice", async () => {
      const { reader, book, id, narrate } = await withBook(setUp);
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
      const { reader, book, narrate, fence } = await withBook(setUp);
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

    test("ten at once of one chapter in one voice leave one, whole", async () => {
      const { reader, book, narrate } = await withBook(setUp);
      const text = "It was a dark night.";
      const many = await Promise.all(Array.from({ length: 10 }, () => narrate("a", text, "audio")));
      const left = (await reader.getChapter(book.slug, 1))?.narrations ?? [];
      expect(left).toHaveLength(1);
      expect(many.map(({ id }) => id)).toContain(left[0]?.id);
      expect((await bytesOf(await reader.readAudio(left[0]?.id ?? "", null)))?.toString()).toBe("audio");
      expect((await reader.getBook(book.slug))?.narrations).toBe(1);
    });

    test("of a text that changed is no longer current", async () => {
      const { reader, writer, book, id, fence, narrate } = await withBook(setUp);
      const narration = await narrate("a", "It was a dark night.", "audio");
      await writer.publishChapter(id("a"), chapterText("It was a bright night."), fence);
      expect((await reader.getNarration(narration.id))?.current).toBe(false);
      expect((await reader.getChapter(book.slug, 1))?.voices).toEqual([]);
    });

    test("of a chapter that is gone with its book are refused", async () => {
      const { book, reader, fence, writer, id, folder } = await withBook(setUp);
      await reader.removeBook(book.slug);
      const path = join(folder, "late.mp3");
      await writeFile(path, "late");
      const facts = { textHash: textHash("x"), durationMs: 1, loudnessLufs: -19, sentences: [] };
      const audio = { path, mimeType: "audio/mpeg" };
      const draft = { chapterId: id("a"), voice: "flite:rms", engine: "flite", ...facts, audio };
      await expect(writer.publishNarration(draft, fence)).rejects.toMatchObject({ code: "CHAPTER_NOT_FOUND" });
    });

    test("a reader who stops early disturbs nobody", async () => {
      const { reader, narrate } = await withBook(setUp);
      const audio = "x".repeat(3_000_000);
      const { id } = await narrate("a", "It was a dark night.", audio);
      const file = await reader.readAudio(id, null);
      file?.body.destroy();
      expect((await bytesOf(await reader.readAudio(id, null)))?.length).toBe(audio.length);
    });

    test("are read whole or in ranges", async () => {
      const { reader, narrate } = await withBook(setUp);
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
};
