import { type Book, LIVE_STATUSES, type TaskKind } from "@chapterhouse/domain";
import type { TaskQueue } from "@chapterhouse/taskqueue";

/** Kinds that are about one book; its chapters' tasks are children of these. */
const OF_A_BOOK: readonly TaskKind[] = ["scrape.book", "scrape.book_range", "narrate.chapter"];
const PAGE = 500;

/** Asks every live task about the book to end: without it their work would fail one by one. */
export const cancelTasksOf = async (book: Book, queue: TaskQueue): Promise<void> => {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const filter = { status: LIVE_STATUSES, kinds: OF_A_BOOK, limit: PAGE };
    const page = await queue.list({ ...filter, ...(cursor !== null && { cursor }) });
    for (const { id, payload } of page.items) {
      if (payload["slug"] === book.slug || payload["url"] === book.url) ids.push(id);
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  for (let at = 0; at < ids.length; at += PAGE) await queue.cancel(ids.slice(at, at + PAGE));
};
