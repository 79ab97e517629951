import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import type { BookDraft, Library, PublishFence, StoredFile } from "@chapterhouse/library";
import { textHash } from "@chapterhouse/library";

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

export const bookDraft = (more: Partial<BookDraft> = {}): BookDraft => ({
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

export const listOf = (book: { url: string }, ...names: string[]) =>
  names.map((name) => ({ url: `${book.url}/${name}`, title: `Chapter ${name}` }));

export const chapterText = (text: string) => ({ html: `<p>${text}</p>`, text });

export const bytesOf = async (file: StoredFile | null) => (file ? buffer(file.body) : null);

export type SetUp = () => Promise<Stage>;

/** A number that no other test of this run has, for titles and addresses that must not meet. */
export const unique = (): number => (books += 1);

/** A book with the chapters a, b and c, of which a and c are stored. */
export const withBook = async (setUp: SetUp) => {
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
