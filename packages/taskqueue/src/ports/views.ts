import type { AudioResult, AudioTask, ScrapeKind, ScrapeResult, ScrapeTask, Task } from "@chapterhouse/domain";
import type { AddedTask, Fence } from "./queue.ts";

// The ports of the backend and the runner, named as the interfaces they implement; each is a view of the queue.
/** Used by the backend alone: creates and cancels. */
export interface Producer {
  /** `targetUrl` is the book's or the catalogue's address; the range is 0, 0 unless the kind is "book_range". */
  createScrapeTask(kind: ScrapeKind, targetUrl: string, fromChapter: number, toChapter: number): Promise<AddedTask>;
  createAudioTask(slug: string, chapter: number, voice: string): Promise<AddedTask>;
  createAudioTasks(slug: string, chapters: readonly number[], voice: string): Promise<readonly AddedTask[]>;
  /** Throws `TASK_NOT_FOUND`. A terminal task is answered as it is. */
  cancelTask(id: string): Promise<Task>;
}

/** Used by the runner alone: claims and reports. Null when nothing is claimable. */
export interface Consumer {
  claimNextScrapeTask(runner: string): Promise<ScrapeTask | null>;
  claimNextAudioTask(runner: string): Promise<AudioTask | null>;
  /** These four throw `LEASE_LOST` when the fence is gone. */
  finishScrapeTask(fence: Fence, result: ScrapeResult): Promise<void>;
  finishAudioTask(fence: Fence, result: AudioResult): Promise<void>;
  failTask(fence: Fence, message: string): Promise<void>;
  heartbeatTask(fence: Fence): Promise<void>;
  /** How many tasks were taken back. `staleAfter` is in ms. */
  reapStaleTasks(staleAfter: number): Promise<number>;
}

/** Used by the backend for pages. Nothing found is null or an empty list, never an error. */
export interface Reader {
  /** Newest started first. */
  listScrapeTasks(): Promise<readonly ScrapeTask[]>;
  getScrapeTask(id: string): Promise<ScrapeTask | null>;
  /** Newest started first. */
  listAudioTasks(): Promise<readonly AudioTask[]>;
  /** The most recent one with this cache key. */
  getAudioTask(cacheKey: string): Promise<AudioTask | null>;
}
