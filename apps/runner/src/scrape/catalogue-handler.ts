import { canonicalUrl, ChapterhouseError, hostLane, type Outcome } from "@chapterhouse/domain";
import type { NewTask, TaskContext, TaskHandler } from "@chapterhouse/taskqueue";
import type { CataloguePage } from "../reader/site-reader.ts";
import type { ScrapeDeps } from "./scraping.ts";

const MOST_PAGES = 500;
const LONGEST_KEYED = 500;

/** Finds the books of a catalogue, page after page, and adds a task for each. */
export const createCatalogueHandler =
  (deps: ScrapeDeps): TaskHandler<"scrape.catalogue"> =>
  ({ url }, context) =>
    scrapeCatalogue(new URL(url), deps, context);

const scrapeCatalogue = async (first: URL, deps: ScrapeDeps, context: TaskContext): Promise<Outcome> => {
  const books = new Set<string>();
  const visited = new Set<string>();
  for (let at: URL | null = first; at && !visited.has(at.href) && visited.size < MOST_PAGES;) {
    visited.add(at.href);
    const page: CataloguePage = await readCataloguePage(at, deps, context);
    const found = page.books.map((book) => canonicalUrl(book)).filter((book) => !books.has(book));
    if (found.length === 0) break;
    for (const book of found) books.add(book);
    await context.addChildren(found.map(bookTask));
    context.progress({ done: visited.size, total: null, unit: "pages", message: `${books.size} books found` });
    at = page.next;
  }
  if (books.size === 0) {
    throw new ChapterhouseError("LAYOUT_CHANGED", `No books were found at ${first.href}`, {
      details: { url: first.href },
    });
  }
  context.progress({ done: 0, total: books.size, unit: "books", message: "" });
  return { type: "wait", result: { booksFound: books.size, chaptersListed: 0, chaptersAdded: 0, pages: visited.size } };
};

const readCataloguePage = (url: URL, deps: ScrapeDeps, context: TaskContext): Promise<CataloguePage> =>
  deps.pages.read(url, "catalogue", context, (page) => {
    const value = deps.readerFor(page, "catalogue").readCatalogue(page);
    return { value, enough: value.books.length > 0 };
  });

const bookTask = (url: string): NewTask<"scrape.book"> => ({
  kind: "scrape.book",
  payload: { url },
  lane: hostLane(url),
  // The producer's own key, so that a book which is being scraped already is not scraped twice. Longer addresses than
  // the queue takes as a key go without.
  ...(url.length <= LONGEST_KEYED ? { key: `scrape.book:${url}`, keyMode: "keep_first" } : {}),
});
