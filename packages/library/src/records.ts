import { type Book, ChapterhouseError, type ChapterSummary, type Narration } from "@chapterhouse/domain";

/** Records as both adapters keep them; times in ms since the epoch, empty text and -1 for what is not there. */
export interface BookRecord {
  readonly id: string;
  readonly slug: string;
  readonly url: string;
  readonly title: string;
  readonly author: string;
  readonly summary: string;
  readonly genres: string[];
  readonly language: string;
  readonly status: Book["status"];
  readonly source: string;
  readonly cover: string;
  /** -1: the book's page claims nothing. */
  readonly advertised: number;
  readonly listed: number;
  readonly stored: number;
  readonly failed: number;
  readonly narrations: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface ChapterRecord extends Omit<ChapterSummary, "fetchedAt" | "textHash"> {
  /** 0: never. */
  readonly fetchedAt: number;
  /** Empty: no text. */
  readonly textHash: string;
}

export interface NarrationRecord extends Omit<Narration, "createdAt"> {
  readonly createdAt: number;
}

const iso = (ms: number) => new Date(ms).toISOString();

export const toBook = (record: BookRecord): Book => {
  const { cover, advertised, listed, stored, failed, createdAt, updatedAt, ...rest } = record;
  return {
    ...rest,
    hasCover: cover !== "",
    chapters: { advertised: advertised < 0 ? null : advertised, listed, stored, failed },
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
  };
};

export const toChapterSummary = (record: ChapterRecord): ChapterSummary => ({
  ...record,
  textHash: record.textHash || null,
  fetchedAt: record.fetchedAt ? iso(record.fetchedAt) : null,
});

export const toNarration = (record: NarrationRecord): Narration => ({
  ...record,
  createdAt: iso(record.createdAt),
});

/** Where a page of books ended: the last one's time and id. */
export const bookCursor = {
  write: (record: { updatedAt: number; id: string }): string => `${record.updatedAt}.${record.id}`,
  /** Throws `BAD_REQUEST`. */
  read: (cursor: string): { updatedAt: number; id: string } => {
    const parts = /^(\d{1,16})\.(\w{1,32})$/.exec(cursor);
    if (!parts) throw badCursor(cursor);
    return { updatedAt: Number(parts[1]), id: parts[2] ?? "" };
  },
};

/** Where a page of chapters ended: the last one's number. Throws `BAD_REQUEST`. */
export const readChapterCursor = (cursor: string): number => {
  if (!/^\d{1,9}$/.test(cursor)) throw badCursor(cursor);
  return Number(cursor);
};

const badCursor = (cursor: string) =>
  new ChapterhouseError("BAD_REQUEST", "cursor is not one that a page answered", { details: { cursor } });
