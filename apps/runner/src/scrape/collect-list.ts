import { ChapterhouseError } from "@chapterhouse/domain";
import type { ListedChapter } from "@chapterhouse/library";
import type { TaskContext } from "@chapterhouse/taskqueue";
import type { BookPage, ListPage, SiteReader } from "../reader/site-reader.ts";
import type { ScrapeDeps } from "./scraping.ts";

const MOST_PAGES = 2000;

interface ReadList extends ListPage {
  readonly order: SiteReader["listOrder"];
}

/** A book's page as far as its list is concerned. */
export interface ListStart {
  readonly book: BookPage;
  /** What of the list stands on the book's own page. */
  readonly own: ReadList;
}

/**
 * All chapters of a book, oldest first, each address once: from the list the book's page links to, else from the page
 * itself, page after page until there is none further or a page brings nothing new. Throws `NO_CHAPTERS`.
 */
export const collectList = async (
  { book, own }: ListStart,
  deps: ScrapeDeps,
  context: TaskContext,
): Promise<readonly ListedChapter[]> => {
  const linked = book.listUrl ? await followList(book.listUrl, null, deps, context) : null;
  const found = linked && linked.chapters.length > 0 ? linked : await followList(null, own, deps, context);
  if (found.chapters.length > 0) return oldestFirst(found.chapters, found.order);
  throw new ChapterhouseError("NO_CHAPTERS", `No list of chapters was found for ${book.title}`, {
    details: { list: book.listUrl?.href ?? null },
  });
};

const followList = async (
  first: URL | null,
  own: ReadList | null,
  deps: ScrapeDeps,
  context: TaskContext,
): Promise<{ chapters: readonly ListedChapter[]; order: SiteReader["listOrder"] }> => {
  const chapters = new Map<string, ListedChapter>();
  const visited = new Set<string>();
  let page = own ?? (first && (await readListPage(first, deps, context)));
  let order = page?.order ?? "oldest-first";
  if (first) visited.add(first.href);
  for (let count = 1; page; count++) {
    const known = chapters.size;
    for (const chapter of page.chapters) if (!chapters.has(chapter.url)) chapters.set(chapter.url, chapter);
    context.progress({ done: count, total: null, unit: "pages", message: `${chapters.size} chapters listed` });
    const { next } = page;
    if (!next || visited.has(next.href) || chapters.size === known || count >= MOST_PAGES) break;
    visited.add(next.href);
    page = await readListPage(next, deps, context);
    order = page.chapters.length > 0 ? page.order : order;
  }
  return { chapters: [...chapters.values()], order };
};

const readListPage = (url: URL, deps: ScrapeDeps, context: TaskContext): Promise<ReadList> =>
  deps.pages.read(url, "list", context, (page) => {
    const reader = deps.readerFor(page, "list");
    const list = reader.readList(page);
    return { value: { ...list, order: reader.listOrder }, enough: list.chapters.length > 0 };
  });

const oldestFirst = (chapters: readonly ListedChapter[], order: SiteReader["listOrder"]): readonly ListedChapter[] => {
  const turned = order === "newest-first" || (order === "by-numbers" && numbersFall(chapters));
  return turned ? chapters.toReversed() : chapters;
};

const numbersFall = (chapters: readonly ListedChapter[]): boolean => {
  const numbers = chapters.flatMap(({ title }) => /\d+(?:\.\d+)?/.exec(title)?.[0] ?? []).map(Number);
  const steps = numbers.slice(1).map((number, index) => Math.sign(number - (numbers[index] ?? 0)));
  return steps.reduce((sum, step) => sum + step, 0) < 0;
};
