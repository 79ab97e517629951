import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { ChapterhouseError } from "@chapterhouse/domain";
import { parseRange } from "./byte-range.ts";
import { bookColumns, chapterColumns, searchText, withoutDoubles } from "./drafts.ts";
import { MemoryShelves, type ShelvedBook } from "./memory-shelves.ts";
import type {
  BookDraft,
  ChapterText,
  Library,
  ListedChapter,
  NarrationDraft,
  PublishFence,
  ReconciledChapters,
  StoredFile,
} from "./ports.ts";
import { bookCursor, readChapterCursor, toBook } from "./records.ts";
import { fold } from "./text.ts";

export interface MemoryLibraryOptions {
  /** ms since the epoch. */
  readonly now: () => number;
  /** Whether the fence's lease is that of a running task: the queue's answer. */
  readonly isLive: (fence: PublishFence) => boolean | Promise<boolean>;
}

const fileOf = (bytes: Buffer, mimeType: string, etag: string, range: string | null): StoredFile => {
  const part = parseRange(range, bytes.length);
  const whole = { mimeType, etag: `"${etag}"` };
  if (part === "unsatisfiable") {
    return { ...whole, status: 416, length: 0, contentRange: `bytes */${bytes.length}`, body: Readable.from([]) };
  }
  if (part === null) {
    return { ...whole, status: 200, length: bytes.length, contentRange: null, body: Readable.from([bytes]) };
  }
  const slice = bytes.subarray(part.start, part.end + 1);
  const contentRange = `bytes ${part.start}-${part.end}/${bytes.length}`;
  return { ...whole, status: 206, length: slice.length, contentRange, body: Readable.from([slice]) };
};

/** Everything in this process, for tests. Writes are atomic because nothing awaits between check and write. */
class MemoryLibrary implements Library {
  readonly #options: MemoryLibraryOptions;
  readonly #shelves = new MemoryShelves();

  constructor(options: MemoryLibraryOptions) {
    this.#options = options;
  }

  async saveBook(draft: BookDraft, fence: PublishFence) {
    await this.#check(fence);
    const columns = bookColumns(draft);
    const now = this.#options.now();
    const known = this.#find(({ url }) => url === draft.url);
    const slug = known?.slug ?? this.#shelves.freeSlug(columns.slug);
    const first = { id: this.#shelves.makeId(), cover: "", createdAt: now, updatedAt: now };
    const saved: ShelvedBook = { ...(known ?? first), ...columns, slug };
    const same = known !== undefined && JSON.stringify({ ...known, ...columns, slug }) === JSON.stringify(known);
    this.#shelves.books.set(slug, { ...saved, updatedAt: same ? known.updatedAt : now });
    return this.#shown(this.#shelves.book(slug));
  }

  async saveCover(slug: string, bytes: Uint8Array, mimeType: string, fence: PublishFence) {
    const book = this.#shelves.book(slug);
    await this.#check(fence);
    const cover = this.#shelves.makeId();
    this.#shelves.covers.delete(book.cover);
    this.#shelves.covers.set(cover, { bytes: Buffer.from(bytes), mimeType });
    this.#shelves.books.set(slug, { ...this.#shelves.book(slug), cover, updatedAt: this.#options.now() });
  }

  async getBook(slug: string) {
    const book = this.#shelves.books.get(slug);
    return book ? this.#shown(book) : null;
  }

  async findBookByUrl(url: string) {
    const book = this.#find((each) => each.url === url);
    return book ? this.#shown(book) : null;
  }

  async listBooks({ limit, cursor, q = "" }: { limit: number; cursor?: string; q?: string }) {
    const after = cursor === undefined ? null : bookCursor.read(cursor);
    const found = [...this.#shelves.books.values()]
      .filter((book) => searchText(book).includes(fold(q)))
      .sort((a, b) => b.updatedAt - a.updatedAt || (a.id < b.id ? 1 : -1))
      .filter((book) => {
        if (after === null) return true;
        return book.updatedAt < after.updatedAt || (book.updatedAt === after.updatedAt && book.id < after.id);
      });
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return {
      items: items.map((book) => this.#shown(book)),
      nextCursor: found.length > limit && last ? bookCursor.write(last) : null,
    };
  }

  async removeBook(slug: string) {
    const book = this.#shelves.books.get(slug);
    if (!book) return false;
    for (const chapter of this.#shelves.chaptersOf(book.id)) {
      for (const narration of this.#shelves.narrationsOf(chapter.id)) this.#shelves.narrations.delete(narration.id);
      this.#shelves.chapters.delete(chapter.id);
    }
    this.#shelves.covers.delete(book.cover);
    return this.#shelves.books.delete(slug);
  }

  async readCover(slug: string) {
    const id = this.#shelves.books.get(slug)?.cover ?? "";
    const cover = this.#shelves.covers.get(id);
    return cover ? fileOf(cover.bytes, cover.mimeType, id, null) : null;
  }

  async reconcileChapters(
    slug: string,
    listed: readonly ListedChapter[],
    fence: PublishFence,
  ): Promise<ReconciledChapters> {
    await this.#check(fence);
    const book = this.#shelves.book(slug);
    const changes = { added: 0, moved: 0, renamed: 0, gone: 0 };
    const list = withoutDoubles(listed);
    const urls = new Set(list.map(({ url }) => url));
    for (const chapter of this.#shelves.chaptersOf(book.id)) {
      if (chapter.number === 0 || urls.has(chapter.url)) continue;
      Object.assign(chapter, { state: "gone", number: 0 });
      changes.gone += 1;
    }
    const placed = this.#shelves.place(book.id, list, changes);
    if (Object.values(changes).some((count) => count > 0)) this.#touch(slug);
    const chapters = placed.map(({ id, url, title, number, state }) => ({ id, url, title, number, state }));
    return { ...changes, chapters };
  }

  async publishChapter(chapterId: string, text: ChapterText, fence: PublishFence) {
    const { title, ...columns } = chapterColumns(text);
    await this.#check(fence);
    const chapter = this.#shelves.chapter(chapterId);
    const state = chapter.number > 0 ? "stored" : "gone";
    Object.assign(chapter, columns, { state, error: null, fetchedAt: this.#options.now() });
    if (title) chapter.title = title;
    this.#touch(this.#shelves.slugOf(chapter));
  }

  async failChapter(chapterId: string, error: { code: string; message: string }, fence: PublishFence) {
    await this.#check(fence);
    const chapter = this.#shelves.chapter(chapterId);
    if (chapter.textHash || chapter.state === "gone") return;
    Object.assign(chapter, { state: "failed", error: { code: error.code, message: error.message } });
  }

  async getChapter(slug: string, number: number) {
    const all = this.#shelves.chaptersOf(this.#shelves.books.get(slug)?.id ?? "");
    const chapter = all.find((each) => each.number === number);
    if (!chapter || number < 1) return null;
    const stored = all
      .filter(({ state }) => state === "stored")
      .map((each) => each.number)
      .sort((a, b) => a - b);
    return {
      ...this.#shelves.summary(chapter),
      html: chapter.html,
      text: chapter.text,
      narrations: this.#shelves.narrationsOf(chapter.id).map((narration) => this.#shelves.shown(narration)),
      previous: stored.findLast((each) => each < number) ?? null,
      next: stored.find((each) => each > number) ?? null,
    };
  }

  async findChapter(chapterId: string) {
    const chapter = this.#shelves.chapters.get(chapterId);
    return chapter ? this.#shelves.summary(chapter) : null;
  }

  async listChapters(slug: string, { limit, cursor }: { limit: number; cursor?: string }) {
    const after = cursor === undefined ? 0 : readChapterCursor(cursor);
    const found = this.#shelves
      .chaptersOf(this.#shelves.books.get(slug)?.id ?? "")
      .filter(({ number }) => number > after)
      .sort((a, b) => a.number - b.number);
    const items = found.slice(0, limit).map((chapter) => this.#shelves.summary(chapter));
    return { items, nextCursor: found.length > limit ? String(items.at(-1)?.number) : null };
  }

  async findNarration(chapterId: string, voice: string, textHash: string) {
    const found = this.#shelves
      .narrationsOf(chapterId)
      .find((each) => each.voice === voice && each.textHash === textHash);
    return found ? this.#shelves.shown(found) : null;
  }

  async publishNarration({ audio, ...draft }: NarrationDraft, fence: PublishFence) {
    const bytes = await readFile(audio.path);
    await this.#check(fence);
    this.#shelves.chapter(draft.chapterId);
    for (const older of this.#shelves.narrationsOf(draft.chapterId)) {
      if (older.voice === draft.voice) this.#shelves.narrations.delete(older.id);
    }
    const file = { mimeType: audio.mimeType, audio: bytes, createdAt: this.#options.now() };
    const narration = { ...draft, ...file, id: this.#shelves.makeId() };
    this.#shelves.narrations.set(narration.id, narration);
    return this.#shelves.shown(narration);
  }

  async getNarration(id: string) {
    const found = this.#shelves.narrations.get(id);
    return found ? { ...this.#shelves.shown(found), sentences: [...found.sentences] } : null;
  }

  async readAudio(id: string, range: string | null) {
    const found = this.#shelves.narrations.get(id);
    return found ? fileOf(found.audio, found.mimeType, id, range) : null;
  }

  async #check(fence: PublishFence): Promise<void> {
    if (await this.#options.isLive(fence)) return;
    throw new ChapterhouseError("LEASE_LOST", "The lease is no longer this task's");
  }

  #find(matches: (book: ShelvedBook) => boolean): ShelvedBook | undefined {
    return [...this.#shelves.books.values()].find(matches);
  }

  #shown(book: ShelvedBook) {
    return toBook(this.#shelves.counted(book));
  }

  #touch(slug: string): void {
    this.#shelves.books.set(slug, { ...this.#shelves.book(slug), updatedAt: this.#options.now() });
  }
}

export const createMemoryLibrary = (options: MemoryLibraryOptions): Library => new MemoryLibrary(options);
