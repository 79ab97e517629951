import type { Readable } from "node:stream";
import type { Book, Chapter, ChapterSummary, Narration, NarrationDetail, Page, Sentence } from "@chapterhouse/domain";

/**
 * Proof that the writer still holds its task (see the queue's `Fence`). Everything published carries it, is written in
 * one transaction with the check, and is refused with `LEASE_LOST` once the lease is no longer the task's.
 */
export interface PublishFence {
  readonly taskId: string;
  readonly lease: number;
}

/** What a source read from a book's page. */
export interface BookDraft {
  /** Canonical address: the identity of the book. */
  readonly url: string;
  readonly title: string;
  readonly author: string;
  readonly summary: string;
  readonly genres: readonly string[];
  readonly language: string;
  readonly status: Book["status"];
  readonly source: string;
  readonly advertisedChapters: number | null;
}

export interface ListedChapter {
  /** Canonical address: the identity of the chapter within its book. */
  readonly url: string;
  readonly title: string;
}

export interface ReconciledChapters {
  /** All chapters of the book that are in the list, in its order; `number` is the 1-based position. */
  readonly chapters: readonly Pick<ChapterSummary, "id" | "url" | "title" | "number" | "state">[];
  readonly added: number;
  readonly moved: number;
  readonly renamed: number;
  /** No longer in the list: kept, marked `gone`. */
  readonly gone: number;
}

export interface ChapterText {
  readonly html: string;
  /** One paragraph a line. */
  readonly text: string;
  /** Set when the page knows the title better than the list. */
  readonly title?: string;
}

export interface AudioFile {
  /** A finished file on this machine; it is uploaded, then published, then the caller removes it. */
  readonly path: string;
  readonly mimeType: string;
}

export interface NarrationDraft {
  readonly chapterId: string;
  readonly voice: string;
  readonly engine: string;
  /** SHA-256 (hex) of the text that was spoken. */
  readonly textHash: string;
  readonly durationMs: number;
  readonly loudnessLufs: number;
  readonly sentences: readonly Sentence[];
  readonly audio: AudioFile;
}

/** A stored file, whole or in part, ready to be sent on. `status` is 200, 206 or 416. */
export interface StoredFile {
  readonly status: number;
  readonly mimeType: string;
  /** Bytes of this answer. */
  readonly length: number;
  /** Value of a Content-Range header on 206 and 416. */
  readonly contentRange: string | null;
  readonly etag: string;
  readonly body: Readable;
}

/** Books, chapters and narrations. Nothing found is null, never an error. */
export interface Library {
  /** Makes the book or updates it (identity: `url`). Its slug is made from the title once and never changes. */
  saveBook(draft: BookDraft, fence: PublishFence): Promise<Book>;
  saveCover(slug: string, bytes: Uint8Array, mimeType: string, fence: PublishFence): Promise<void>;
  getBook(slug: string): Promise<Book | null>;
  findBookByUrl(url: string): Promise<Book | null>;
  /** Most recently updated first. `q` matches in title and author. */
  listBooks(query: { limit: number; cursor?: string; q?: string }): Promise<Page<Book>>;
  /** With its chapters and narrations. False when there was none. */
  removeBook(slug: string): Promise<boolean>;
  readCover(slug: string): Promise<StoredFile | null>;

  /** Brings the book's chapters in line with its list, in one transaction; texts stay with their chapters. */
  reconcileChapters(slug: string, listed: readonly ListedChapter[], fence: PublishFence): Promise<ReconciledChapters>;
  /** Stores the text (hash and word count are made here) and marks the chapter `stored`, in one write. */
  publishChapter(chapterId: string, text: ChapterText, fence: PublishFence): Promise<void>;
  /** Marks the chapter `failed` with its reason, unless a text is stored. */
  failChapter(chapterId: string, error: { code: string; message: string }, fence: PublishFence): Promise<void>;
  getChapter(slug: string, number: number): Promise<Chapter | null>;
  /** Without its words: where it stands now, and whether it is stored. */
  findChapter(chapterId: string): Promise<ChapterSummary | null>;
  /** By position; chapters that are gone are left out. */
  listChapters(slug: string, query: { limit: number; cursor?: string }): Promise<Page<ChapterSummary>>;

  /** The narration of exactly this text in this voice, if it was ever made. */
  findNarration(chapterId: string, voice: string, textHash: string): Promise<Narration | null>;
  /** Uploads aside, then publishes in one write; older narrations of the chapter in this voice go. */
  publishNarration(draft: NarrationDraft, fence: PublishFence): Promise<Narration>;
  getNarration(id: string): Promise<NarrationDetail | null>;
  /** `range` is a Range header as it came; a malformed one is ignored, an unsatisfiable one answers 416. */
  readAudio(id: string, range: string | null): Promise<StoredFile | null>;
}
