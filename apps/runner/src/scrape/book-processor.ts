import { type Book, canonicalUrl, ChapterhouseError, PAYLOADS, toChapterhouseError } from "@chapterhouse/domain";
import type { ListedChapter, ReconciledChapters } from "@chapterhouse/library";
import { ownTask, type PayloadOf, type TaskContext } from "@chapterhouse/taskqueue";
import { collectList, type ListStart } from "./collect-list.ts";
import { type ScrapeDeps, ScrapeProcessor } from "./scraping.ts";

type BookKind = "scrape.book" | "scrape.book_range";
type Schema = (typeof PAYLOADS)[BookKind];

/** Children added in one call. */
const BATCH = 1000;

/**
 * Reads a book's page, cover and whole list, and adds a task for each chapter that is not stored yet; of `book_range`, for
 * those at some positions of the list. A book some of whose chapters cannot be had is done, and says how many.
 */
export class BookProcessor extends ScrapeProcessor<Schema> {
  readonly kind: BookKind;
  readonly payload: Schema;

  constructor(kind: BookKind, deps: ScrapeDeps) {
    super(deps);
    this.kind = kind;
    this.payload = PAYLOADS[kind];
  }

  protected async process(payload: PayloadOf<Schema>, context: TaskContext) {
    const { deps } = this;
    const { library } = deps;
    const { address, source, start } = await readBookPage(new URL(payload.url), deps, context);
    const { coverUrl, listUrl: _, ...facts } = start.book;
    const book = await library.saveBook({ ...facts, url: address.href, source }, context.fence);
    if (coverUrl && !book.hasCover) await saveCover(book, coverUrl, deps, context);
    const listed = await collectList(start, deps, context);
    refuseShrunkList(book, listed);
    const reconciled = await library.reconcileChapters(book.slug, listed, context.fence);
    const common = { bookUrl: book.url, slug: book.slug, narrate: payload.narrate };
    const tasks = chaptersAskedFor(payload, reconciled.chapters, book).map(({ id, url }) =>
      ownTask("scrape.chapter", { url, chapterId: id, ...common }),
    );
    for (let at = 0; at < tasks.length; at += BATCH) await context.addChildren(tasks.slice(at, at + BATCH));
    // From here on the children are the progress.
    context.progress({ done: 0, total: tasks.length, unit: "chapters", message: "" });
    const result = resultOf(book, reconciled, tasks.length);
    context.log.info(result, "book read");
    return tasks.length > 0 ? this.wait({ result, onChildFailure: "finish_with_errors" }) : result;
  }
}

/** Those that are not stored, of the range where there is one. Throws `NO_CHAPTERS` for one behind the last chapter. */
const chaptersAskedFor = (payload: PayloadOf<Schema>, chapters: ReconciledChapters["chapters"], { title }: Book) => {
  const { fromChapter, toChapter } = "fromChapter" in payload ? payload : { fromChapter: 1, toChapter: Infinity };
  if (fromChapter > chapters.length) {
    throw new ChapterhouseError("NO_CHAPTERS", `${title} has ${chapters.length} chapters, none at ${fromChapter}`, {
      details: { listed: chapters.length, fromChapter },
    });
  }
  return chapters.filter(({ number, state }) => state !== "stored" && number >= fromChapter && number <= toChapter);
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
