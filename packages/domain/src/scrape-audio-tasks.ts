import type { Task } from "./task.ts";

/** The three ways to ask for a scrape. `catalogue` finds books; `book` takes all of one; `book_range` a part of it. */
export const SCRAPE_KINDS = ["catalogue", "book", "book_range"] as const;
export type ScrapeKind = (typeof SCRAPE_KINDS)[number];

/** A scrape task, seen through the Producer, Consumer and Reader ports. */
export interface ScrapeTask {
  readonly id: string;
  readonly kind: ScrapeKind;
  readonly targetUrl: string;
  /** 1-based positions, both included; 0 when the kind has no range. */
  readonly fromChapter: number;
  readonly toChapter: number;
  readonly task: Task;
}

export interface AudioTask {
  readonly id: string;
  readonly slug: string;
  readonly chapter: number;
  readonly voice: string;
  /** `slug/chapter/voice` */
  readonly cacheKey: string;
  readonly task: Task;
}

export interface ScrapeResult {
  readonly booksFound: number;
  readonly chaptersListed: number;
  readonly chaptersAdded: number;
}

export interface AudioResult {
  readonly narrationId: string;
  readonly durationMs: number;
  readonly bytes: number;
}

/** The key of the audio of one chapter in one voice: `slug/chapter/voice`. */
export const audioCacheKey = (slug: string, chapter: number, voice: string): string => `${slug}/${chapter}/${voice}`;
