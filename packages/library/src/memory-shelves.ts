import { type ChapterSummary, ChapterhouseError, type Narration } from "@chapterhouse/domain";
import type { ListedChapter, NarrationDraft } from "./ports.ts";
import { type BookRecord, toChapterSummary, toNarration } from "./records.ts";

/** A book as it is kept; its counters are counted when it is shown. */
export type ShelvedBook = Omit<BookRecord, "listed" | "stored" | "failed" | "narrations">;

export interface ShelvedChapter {
  readonly id: string;
  readonly book: string;
  readonly url: string;
  number: number;
  title: string;
  /** The list's own, which `title` may know better than. */
  listedTitle: string;
  state: ChapterSummary["state"];
  error: { code: string; message: string } | null;
  words: number;
  textHash: string;
  fetchedAt: number;
  html: string;
  text: string;
}

export interface ShelvedNarration extends Omit<NarrationDraft, "audio"> {
  readonly id: string;
  readonly mimeType: string;
  readonly audio: Buffer;
  readonly createdAt: number;
}

export interface ListChanges {
  added: number;
  moved: number;
  renamed: number;
  gone: number;
}

const UNREAD = { error: null, words: 0, textHash: "", fetchedAt: 0, html: "", text: "" };

/** What the memory library holds, and how it looks from outside. */
export class MemoryShelves {
  readonly books = new Map<string, ShelvedBook>();
  readonly chapters = new Map<string, ShelvedChapter>();
  readonly narrations = new Map<string, ShelvedNarration>();
  readonly covers = new Map<string, { bytes: Buffer; mimeType: string }>();
  #ids = 0;

  makeId(): string {
    this.#ids += 1;
    return `m${String(this.#ids).padStart(14, "0")}`;
  }

  freeSlug(base: string): string {
    for (let n = 1; ; n += 1) {
      const slug = n === 1 ? base : `${base}-${n}`;
      if (!this.books.has(slug)) return slug;
    }
  }

  /** Throws `BOOK_NOT_FOUND`. */
  book(slug: string): ShelvedBook {
    const book = this.books.get(slug);
    if (!book) throw new ChapterhouseError("BOOK_NOT_FOUND", "No such book", { details: { slug } });
    return book;
  }

  /** Throws `CHAPTER_NOT_FOUND`. */
  chapter(id: string): ShelvedChapter {
    const chapter = this.chapters.get(id);
    if (!chapter) throw new ChapterhouseError("CHAPTER_NOT_FOUND", "No such chapter", { details: { id } });
    return chapter;
  }

  slugOf(chapter: ShelvedChapter): string {
    return [...this.books.values()].find(({ id }) => id === chapter.book)?.slug ?? "";
  }

  chaptersOf(book: string): ShelvedChapter[] {
    return [...this.chapters.values()].filter((chapter) => chapter.book === book);
  }

  narrationsOf(chapter: string): ShelvedNarration[] {
    return [...this.narrations.values()].filter((narration) => narration.chapterId === chapter);
  }

  /** Brings the book's chapters in line with where the list has them, and counts what that changed. */
  place(book: string, list: readonly ListedChapter[], changes: ListChanges): ShelvedChapter[] {
    const known = new Map(this.chaptersOf(book).map((chapter) => [chapter.url, chapter]));
    return list.map((listed, index) => {
      const chapter = known.get(listed.url);
      return chapter ? this.#replace(chapter, listed, index + 1, changes) : this.#add(book, listed, index + 1, changes);
    });
  }

  #add(book: string, { url, title }: ListedChapter, number: number, changes: ListChanges): ShelvedChapter {
    changes.added += 1;
    const listed = { url, number, title, listedTitle: title, state: "listed" } as const;
    const chapter: ShelvedChapter = { id: this.makeId(), book, ...listed, ...UNREAD };
    this.chapters.set(chapter.id, chapter);
    return chapter;
  }

  #replace(chapter: ShelvedChapter, { title }: ListedChapter, number: number, changes: ListChanges): ShelvedChapter {
    if (chapter.state === "gone") {
      changes.added += 1;
      chapter.state = chapter.textHash ? "stored" : "listed";
    } else {
      changes.moved += Number(chapter.number !== number);
      changes.renamed += Number(chapter.listedTitle !== title);
    }
    chapter.number = number;
    if (chapter.listedTitle !== title) Object.assign(chapter, { title, listedTitle: title });
    return chapter;
  }

  counted(book: ShelvedBook): BookRecord {
    const chapters = this.chaptersOf(book.id);
    const count = (state: ShelvedChapter["state"]) => chapters.filter((chapter) => chapter.state === state).length;
    const narrations = chapters.reduce((sum, chapter) => sum + this.narrationsOf(chapter.id).length, 0);
    const listed = chapters.length - count("gone");
    return { ...book, listed, stored: count("stored"), failed: count("failed"), narrations };
  }

  summary(chapter: ShelvedChapter): ChapterSummary {
    const { id, number, url, title, state, error, words, textHash, fetchedAt } = chapter;
    const voices = this.narrationsOf(id)
      .filter((narration) => narration.textHash === textHash)
      .map(({ voice }) => voice);
    const slug = this.slugOf(chapter);
    return toChapterSummary({ id, slug, number, url, title, state, error, words, textHash, fetchedAt, voices });
  }

  shown(narration: ShelvedNarration): Narration {
    const { id, chapterId, voice, engine, textHash, durationMs, mimeType, loudnessLufs, audio, createdAt } = narration;
    const chapter = this.chapter(chapterId);
    const facts = { id, chapterId, voice, engine, textHash, durationMs, mimeType, loudnessLufs, createdAt };
    const current = chapter.textHash === textHash;
    return toNarration({ ...facts, slug: this.slugOf(chapter), chapter: chapter.number, current, bytes: audio.length });
  }
}
