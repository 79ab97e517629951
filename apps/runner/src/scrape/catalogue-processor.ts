import { canonicalUrl, ChapterhouseError, PAYLOADS } from "@chapterhouse/domain";
import { ownTask, type PayloadOf, type TaskContext } from "@chapterhouse/taskqueue";
import { ScrapeProcessor } from "./scraping.ts";

const MOST_PAGES = 500;
const SCHEMA = PAYLOADS["scrape.catalogue"];

/** Finds the books of a catalogue, page after page, and adds a task for each. */
export class CatalogueProcessor extends ScrapeProcessor<typeof SCHEMA> {
  readonly kind = "scrape.catalogue";
  readonly payload = SCHEMA;

  protected async process({ url, narrate }: PayloadOf<typeof SCHEMA>, context: TaskContext) {
    const books = new Set<string>();
    const visited = new Set<string>();
    for (let at: URL | null = new URL(url); at && !visited.has(at.href) && visited.size < MOST_PAGES;) {
      visited.add(at.href);
      const page = await this.#readPage(at, context);
      const found = page.books.map((book) => canonicalUrl(book)).filter((book) => !books.has(book));
      if (found.length === 0) break;
      for (const book of found) books.add(book);
      await context.addChildren(found.map((book) => ownTask("scrape.book", { url: book, narrate })));
      context.progress({ done: visited.size, total: null, unit: "pages", message: `${books.size} books found` });
      at = page.next;
    }
    if (books.size === 0)
      throw new ChapterhouseError("LAYOUT_CHANGED", `No books were found at ${url}`, { details: { url } });
    context.progress({ done: 0, total: books.size, unit: "books", message: "" });
    const result = { booksFound: books.size, chaptersListed: 0, chaptersAdded: 0, pages: visited.size };
    return this.wait({ result, onChildFailure: "finish_with_errors" });
  }

  #readPage(url: URL, context: TaskContext) {
    return this.deps.pages.read(url, "catalogue", context, (page) => {
      const value = this.deps.readerFor(page, "catalogue").readCatalogue(page);
      return { value, enough: value.books.length > 0 };
    });
  }
}
