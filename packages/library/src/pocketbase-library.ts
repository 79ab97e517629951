import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { ChapterhouseError, type ChapterSummary, type Sentence } from "@chapterhouse/domain";
import type { Connection } from "@chapterhouse/pocketbase";
import { parseRange } from "./byte-range.ts";
import { bookColumns, chapterColumns, searchText, withoutDoubles } from "./drafts.ts";
import { PocketBaseFiles } from "./pocketbase-files.ts";
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
import {
  type BookRecord,
  type ChapterRecord,
  type NarrationRecord,
  bookCursor,
  readChapterCursor,
  toBook,
  toChapterSummary,
  toNarration,
} from "./records.ts";
import { fold } from "./text.ts";

interface BookAnswer {
  readonly book: BookRecord;
  readonly coverFile: string | null;
  readonly coverMimeType: string | null;
}

interface ChapterAnswer {
  readonly chapter: ChapterRecord;
  readonly html: string;
  readonly text: string;
  readonly narrations: readonly NarrationRecord[];
  readonly previous: number | null;
  readonly next: number | null;
}

interface NarrationAnswer {
  readonly narration: NarrationRecord;
  readonly sentences: Sentence[];
}

interface AudioAnswer {
  readonly bytes: number;
  readonly mimeType: string;
  /** Its name in the store. */
  readonly file: string;
}

interface ReconcileAnswer {
  readonly counts: Omit<ReconciledChapters, "chapters">;
  readonly chapters: Pick<ChapterSummary, "id" | "url" | "title" | "number" | "state">[];
}

const EXTENSIONS: Readonly<Record<string, string>> = { "image/jpeg": "jpg", "audio/mpeg": "mp3" };

/** PocketBase names stored files after the name they came with, plus random letters. */
const fileName = (base: string, mimeType: string) =>
  `${base}.${EXTENSIONS[mimeType] ?? mimeType.split("/")[1] ?? "bin"}`;

/** The library in PocketBase, through the routes of pb_hooks/library: one call, one statement or one transaction. */
class PocketBaseLibrary implements Library {
  readonly #connection: Connection;
  readonly #files: PocketBaseFiles;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#files = new PocketBaseFiles(connection);
  }

  async saveBook(draft: BookDraft, fence: PublishFence) {
    return toBook(
      await this.#post<BookRecord>("book/save", { fence, book: { ...bookColumns(draft), search: searchText(draft) } }),
    );
  }

  async saveCover(slug: string, bytes: Uint8Array, mimeType: string, fence: PublishFence) {
    const found = await this.#findBook({ slug });
    if (!found) throw new ChapterhouseError("BOOK_NOT_FOUND", "No such book", { details: { slug } });
    const fields = { book: found.book.id, mime_type: mimeType, created_at: Date.now() };
    const image = { name: fileName("cover", mimeType), mimeType, size: bytes.length, content: bytes };
    const coverId = await this.#files.upload("covers", fields, "image", image);
    await this.#post("book/cover", { fence, coverId });
  }

  async getBook(slug: string) {
    const found = await this.#findBook({ slug });
    return found ? toBook(found.book) : null;
  }

  async findBookByUrl(url: string) {
    const found = await this.#findBook({ url });
    return found ? toBook(found.book) : null;
  }

  async listBooks({ limit, cursor, q = "" }: { limit: number; cursor?: string; q?: string }) {
    const after = cursor === undefined ? null : bookCursor.read(cursor);
    const records = await this.#get<BookRecord[]>("books", {
      limit: limit + 1,
      q: fold(q),
      ...(after && { before: after.updatedAt, beforeId: after.id }),
    });
    const items = records.slice(0, limit);
    const last = items.at(-1);
    return { items: items.map(toBook), nextCursor: records.length > limit && last ? bookCursor.write(last) : null };
  }

  async removeBook(slug: string) {
    let answer = await this.#post<{ found: boolean; more: boolean }>("book/remove", { slug });
    const { found } = answer;
    while (answer.more) answer = await this.#post("book/remove", { slug });
    return found;
  }

  async readCover(slug: string): Promise<StoredFile | null> {
    const found = await this.#findBook({ slug });
    if (!found?.coverFile || !found.coverMimeType) return null;
    const { cover } = found.book;
    const download = await this.#files.download("covers", cover, found.coverFile, null);
    return (
      download && { ...download, status: 200, mimeType: found.coverMimeType, contentRange: null, etag: `"${cover}"` }
    );
  }

  async reconcileChapters(slug: string, listed: readonly ListedChapter[], fence: PublishFence) {
    const body = { fence, slug, listed: withoutDoubles(listed) };
    const { counts, chapters } = await this.#post<ReconcileAnswer>("chapters/reconcile", body);
    return { ...counts, chapters };
  }

  async publishChapter(chapterId: string, text: ChapterText, fence: PublishFence) {
    await this.#post("chapter/publish", { fence, chapterId, ...chapterColumns(text) });
  }

  async failChapter(chapterId: string, error: { code: string; message: string }, fence: PublishFence) {
    await this.#post("chapter/fail", { fence, chapterId, error });
  }

  async getChapter(slug: string, number: number) {
    const found = await this.#get<ChapterAnswer | null>("chapter", { slug, number });
    if (!found) return null;
    const { chapter, narrations, ...rest } = found;
    return { ...toChapterSummary(chapter), ...rest, narrations: narrations.map(toNarration) };
  }

  async findChapter(chapterId: string) {
    const found = await this.#get<ChapterRecord | null>("chapter/find", { chapter: chapterId });
    return found ? toChapterSummary(found) : null;
  }

  async listChapters(slug: string, { limit, cursor }: { limit: number; cursor?: string }) {
    const after = cursor === undefined ? 0 : readChapterCursor(cursor);
    const records = (await this.#get<ChapterRecord[] | null>("chapters", { slug, after, limit: limit + 1 })) ?? [];
    const items = records.slice(0, limit).map(toChapterSummary);
    return { items, nextCursor: records.length > limit ? String(items.at(-1)?.number) : null };
  }

  async findNarration(chapterId: string, voice: string, textHash: string) {
    const found = await this.#get<NarrationRecord | null>("narration/find", { chapter: chapterId, voice, textHash });
    return found ? toNarration(found) : null;
  }

  async publishNarration({ audio, ...draft }: NarrationDraft, fence: PublishFence) {
    const { path, mimeType } = audio;
    const { size } = await stat(path);
    const fields = {
      chapter: draft.chapterId,
      voice: draft.voice,
      engine: draft.engine,
      text_hash: draft.textHash,
      state: "draft",
      duration_ms: draft.durationMs,
      bytes: size,
      loudness: draft.loudnessLufs,
      mime_type: mimeType,
      sentences: JSON.stringify(draft.sentences),
      created_at: Date.now(),
    };
    const file = { name: fileName("narration", mimeType), mimeType, size, content: { path } };
    const narrationId = await this.#files.upload("narrations", fields, "audio", file);
    return toNarration(await this.#post<NarrationRecord>("narration/publish", { fence, narrationId }));
  }

  async getNarration(id: string) {
    const found = await this.#get<NarrationAnswer | null>("narration", { id });
    return found ? { ...toNarration(found.narration), sentences: found.sentences } : null;
  }

  async readAudio(id: string, range: string | null): Promise<StoredFile | null> {
    const found = await this.#get<AudioAnswer | null>("narration/file", { id });
    if (!found) return null;
    const { bytes, mimeType, file } = found;
    const whole = { mimeType, etag: `"${id}"` };
    const part = parseRange(range, bytes);
    if (part === "unsatisfiable") {
      return { ...whole, status: 416, length: 0, contentRange: `bytes */${bytes}`, body: Readable.from([]) };
    }
    const download = await this.#files.download("narrations", id, file, part);
    if (!download) return null;
    const { body } = download;
    if (part === null) return { ...whole, status: 200, length: bytes, contentRange: null, body };
    const contentRange = `bytes ${part.start}-${part.end}/${bytes}`;
    return { ...whole, status: 206, length: part.end - part.start + 1, contentRange, body };
  }

  #findBook(by: { slug: string } | { url: string }): Promise<BookAnswer | null> {
    return this.#get("book", by);
  }

  #get<T>(path: string, query: Readonly<Record<string, string | number>>): Promise<T> {
    const entries = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]);
    return this.#connection.call("GET", `/api/library/${path}?${new URLSearchParams(entries).toString()}`);
  }

  #post<T>(path: string, body: unknown): Promise<T> {
    return this.#connection.call("POST", `/api/library/${path}`, body);
  }
}

export const createPocketBaseLibrary = (connection: Connection): Library => new PocketBaseLibrary(connection);
