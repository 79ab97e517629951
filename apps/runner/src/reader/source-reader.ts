import { type Book, canonicalUrl } from "@chapterhouse/domain";
import type { ListedChapter } from "@chapterhouse/library";
import { type HtmlPage, resolveLink } from "../pages/html-page.ts";
import type { Source } from "../sources/schema.ts";
import { cleanChapter } from "../text/clean-chapter.ts";
import { select, selectAll, selectElement, selectParagraphs } from "./select.ts";
import type { BookPage, CataloguePage, ChapterPage, ListPage, SiteReader } from "./site-reader.ts";

/** Reads pages by a source file's selectors. */
export const sourceReader = (source: Source): SiteReader => ({
  source: source.id,
  listOrder: source.list.order,
  readBook: (page) => readBook(source, page),
  readList: (page) => readList(source, page),
  readChapter: (page) => readChapter(source, page),
  readCatalogue: (page) => readCatalogue(source, page),
});

const link = (page: HtmlPage, selectors: readonly string[] | undefined): URL | null =>
  resolveLink(page, select(page.$, selectors) ?? undefined);

const readBook = ({ book, list }: Source, page: HtmlPage): BookPage => ({
  title: select(page.$, book.title) ?? "",
  author: selectAll(page.$, book.author).join(", "),
  summary: selectParagraphs(page.$, book.summary),
  genres: [...new Set(selectAll(page.$, book.genres))],
  language: select(page.$, book.language) ?? page.$("html").attr("lang") ?? "",
  status: readStatus(book.status, page),
  advertisedChapters: readAdvertised(book.advertised, page),
  coverUrl: link(page, book.cover),
  listUrl: link(page, list.link),
});

const readStatus = (status: Source["book"]["status"], page: HtmlPage): Book["status"] => {
  const said = select(page.$, status?.at)?.toLowerCase() ?? "";
  return Object.entries(status?.map ?? {}).find(([word]) => said.includes(word.toLowerCase()))?.[1] ?? "unknown";
};

const readAdvertised = (advertised: Source["book"]["advertised"], page: HtmlPage): number | null => {
  if (!advertised) return null;
  const pattern = new RegExp(advertised.pattern, "i");
  for (const text of selectAll(page.$, advertised.at)) {
    const digits = pattern.exec(text)?.[1]?.replace(/\D/g, "");
    if (digits) return Number(digits);
  }
  return null;
};

const readList = ({ list }: Source, page: HtmlPage): ListPage => {
  const chapters = page
    .$(list.item)
    .toArray()
    .flatMap((node): ListedChapter[] => {
      const item = page.$(node);
      const url = resolveLink(page, select(page.$, list.url, item) ?? undefined);
      return url ? [{ url: canonicalUrl(url), title: select(page.$, list.title, item) ?? "" }] : [];
    });
  return { chapters, next: link(page, list.next) };
};

const readChapter = ({ chapter }: Source, page: HtmlPage): ChapterPage => {
  const body = selectElement(page.$, chapter.body);
  if (body === null) return { found: false, html: "", text: "" };
  return { found: true, ...cleanChapter(page.$, body, chapter.remove) };
};

const readCatalogue = ({ catalogue }: Source, page: HtmlPage): CataloguePage => ({
  books: selectAll(page.$, catalogue?.item).flatMap((href) => resolveLink(page, href) ?? []),
  next: link(page, catalogue?.next),
});
