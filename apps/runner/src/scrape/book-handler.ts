import {
  type Book,
  canonicalUrl,
  ChapterhouseError,
  hostLane,
  type Outcome,
  toChapterhouseError,
} from "@chapterhouse/domain";
import type { ListedChapter, ReconciledChapters } from "@chapterhouse/library";
import { type NewTask, PRIORITIES, type TaskContext, type TaskHandler } from "@chapterhouse/taskqueue";
import { collectList, type ListStart } from "./collect-list.ts";
import type { ScrapeDeps } from "./scraping.ts";

/** 1-based positions, both included. */
interface Range {
  readonly from: number;
  readonly to: number;
}

const CHAPTER_ATTEMPTS = 5;
/** Children added in one call. */
const BATCH = 500;

/** Reads a book's page, cover and whole list, and adds a task for each chapter that is not stored yet. */
export const createBookHandler =
  (deps: ScrapeDeps): TaskHandler<"scrape.book"> =>
  ({ url }, context) =>
    scrapeBook(url, null, deps, context);

/** The same for the chapters at some positions of the list. */
export const createBookRangeHandler =
  (deps: ScrapeDeps): TaskHandler<"scrape.book_range"> =>
  ({ url, fromChapter, toChapter }, context) =>
    scrapeBook(url, { from: fromChapter, to: toChapter }, deps, context);

const scrapeBook = async (
  url: string,
  range: Range | null,
  deps: ScrapeDeps,
  context: TaskContext,
): Promise<Outcome> => {
  const { address, source, start } = await readBookPage(new URL(url), deps, context);
  const { coverUrl, listUrl: _, ...facts } = start.book;
  const book = await deps.library.saveBook({ ...facts, url: address.href, source }, context.fence);
  if (coverUrl && !book.hasCover) await saveCover(book, coverUrl, deps, context);
  const listed = await collectList(start, deps, context);
  refuseShrunkList(book, listed);
  const reconciled = await deps.library.reconcileChapters(book.slug, listed, context.fence);
  const wanted = reconciled.chapters.filter(
    ({ number, state }) => state !== "stored" && (!range || (number >= range.from && number <= range.to)),
  );
  if (range && range.from > listed.length) {
    throw new ChapterhouseError("NO_CHAPTERS", `${book.title} has ${listed.length} chapters, none at ${range.from}`, {
      details: { listed: listed.length, fromChapter: range.from },
    });
  }
  await addChapters(wanted, book, context);
  // From here on the children are the progress.
  context.progress({ done: 0, total: wanted.length, unit: "chapters", message: "" });
  const result = resultOf(book, reconciled, wanted.length);
  context.log.info(result, "book read");
  return wanted.length > 0 ? { type: "wait", result } : { type: "done", result };
};

/** `missing` is how many chapters the site claims beyond those it lists. */
const resultOf = (
  book: Book,
  { chapters, added, moved, renamed, gone }: ReconciledChapters,
  chaptersToFetch: number,
) => ({
  slug: book.slug,
  booksFound: 1,
  chaptersListed: chapters.length,
  chaptersAdded: added,
  chaptersAdvertised: book.chapters.advertised,
  missing: Math.max(0, (book.chapters.advertised ?? 0) - chapters.length),
  chaptersToFetch,
  moved,
  renamed,
  gone,
});

const readBookPage = (
  url: URL,
  deps: ScrapeDeps,
  context: TaskContext,
): Promise<{ address: URL; source: string; start: ListStart }> => {
  context.progress({ done: 0, total: null, unit: "pages", message: "reading the book's page" });
  return deps.pages.read(url, "book", context, (page) => {
    const reader = deps.readerFor(page, "book");
    const book = reader.readBook(page);
    const own = { ...reader.readList(page), order: reader.listOrder };
    if (book.title === "") {
      throw new ChapterhouseError("LAYOUT_CHANGED", `${page.url.href} has no title where ${reader.source} looks`, {
        details: { url: page.url.href, source: reader.source },
      });
    }
    const address = new URL(canonicalUrl(page.url));
    const enough = book.listUrl !== null || own.chapters.length > 0;
    return { value: { address, source: reader.source, start: { book, own } }, enough };
  });
};

/**
 * A list that lost chapters while the site still claims more than it shows was cut, not edited: rather no update than
 * chapters marked gone that are not. Throws `LAYOUT_CHANGED`.
 */
const refuseShrunkList = (book: Book, listed: readonly ListedChapter[]): void => {
  const { advertised, listed: before } = book.chapters;
  if (advertised === null || listed.length >= advertised || listed.length >= before) return;
  throw new ChapterhouseError("LAYOUT_CHANGED", `The list shows ${listed.length} of ${advertised} chapters`, {
    details: { listed: listed.length, listedBefore: before, advertised },
  });
};

const COVERS = new Set(["image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"]);

/** A book without its cover is still a book; only a site that wants a pause is heard. */
const saveCover = async (book: Book, url: URL, deps: ScrapeDeps, context: TaskContext): Promise<void> => {
  try {
    const { bytes, mimeType } = await deps.pages.image(url, context);
    if (COVERS.has(mimeType)) await deps.library.saveCover(book.slug, bytes, mimeType, context.fence);
    else context.log.warn({ slug: book.slug, mimeType }, "cover is of no kind that is kept");
  } catch (error) {
    context.signal.throwIfAborted();
    const { code, message } = toChapterhouseError(error);
    const own = url.host === new URL(book.url).host;
    if (code === "LEASE_LOST" || (code === "RATE_LIMITED" && own)) throw error;
    context.log.warn({ slug: book.slug, url: url.href, code, message }, "cover not fetched");
  }
};

const addChapters = async (
  chapters: ReconciledChapters["chapters"],
  book: Book,
  context: TaskContext,
): Promise<void> => {
  const tasks = chapters.map(({ id, url }): NewTask<"scrape.chapter"> => ({
    kind: "scrape.chapter",
    payload: { url, bookUrl: book.url, slug: book.slug, chapterId: id },
    lane: hostLane(url),
    key: `scrape.chapter:${id}`,
    keyMode: "keep_first",
    priority: PRIORITIES.chapter,
    maxAttempts: CHAPTER_ATTEMPTS,
  }));
  for (let at = 0; at < tasks.length; at += BATCH) await context.addChildren(tasks.slice(at, at + BATCH));
};
