import type { BookDraft, ListedChapter } from "@chapterhouse/library";
import type { HtmlPage } from "../pages/html-page.ts";
import type { CleanText } from "../text/clean-chapter.ts";

export interface BookPage extends Omit<BookDraft, "url" | "source"> {
  readonly coverUrl: URL | null;
  /** The list's first page; null when it is on the book's own. */
  readonly listUrl: URL | null;
}

export interface ListPage {
  readonly chapters: readonly ListedChapter[];
  readonly next: URL | null;
}

export interface CataloguePage {
  readonly books: readonly URL[];
  readonly next: URL | null;
}

export interface ChapterPage extends CleanText {
  /** True when the page has a place for the text, though it may be empty: then the site was understood. */
  readonly found: boolean;
}

/** Reads the pages of one family of sites. Pure: no page is fetched here. */
export interface SiteReader {
  /** Which source reads; `fallback` when none knows the page. */
  readonly source: string;
  /** `by-numbers`: as the numbers in the titles say. */
  readonly listOrder: "oldest-first" | "newest-first" | "by-numbers";
  readBook(page: HtmlPage): BookPage;
  readList(page: HtmlPage): ListPage;
  readChapter(page: HtmlPage): ChapterPage;
  readCatalogue(page: HtmlPage): CataloguePage;
}
