import { type HtmlPage, resolveLink } from "../pages/html-page.ts";
import { type FoundLink, linkClusters } from "./link-clusters.ts";
import type { CataloguePage, ListPage } from "./site-reader.ts";

const CHAPTER_WORD =
  /\b(?:chapter|chap|ch|episode|part|prologue|epilogue|interlude|volume|vol)\b|第.{1,9}[章回話话节]|глава|capítulo|chapitre|kapitel|chương/i;
const LIST_WORDS =
  /^(?:(?:chapter|full|all|complete)?\s*(?:list|index)|(?:all |list of )?chapters?(?: list| index)?|table of contents|contents|toc|read all chapters|show all chapters)$/i;
const LIST_PATH = /\/(?:chapters?(?:-list)?|toc|contents|table-of-contents|index)\/?$/i;
const NEXT_WORDS = /^(?:next(?: page)?|older(?: posts)?|[›»→>]|下一页|次へ|следующая)\s*[›»→>]*$/i;

const isMarked = (link: FoundLink): boolean =>
  CHAPTER_WORD.test(link.text) || CHAPTER_WORD.test(lastPart(link.url)) || /^\s*\d+/.test(link.text);

const lastPart = (url: string) =>
  decodeSafely(new URL(url).pathname.replace(/\/+$/, "").split("/").at(-1) ?? "").replace(/[-_]/g, " ");

const decodeSafely = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** How much a group of links is like a list of chapters: its size, by the share that says so in words or numbers. */
const likeChapters = (links: readonly FoundLink[]): number => links.filter(isMarked).length ** 2 / links.length;

/** The group of links that is most like a list of chapters. A lone link counts when it names a chapter. */
export const fallbackList = (page: HtmlPage): ListPage => {
  const best = linkClusters(page)
    .map((links) => ({ links, score: likeChapters(links) }))
    .reduce((a, b) => (b.score > a.score ? b : a), { links: [] as readonly FoundLink[], score: 0 });
  const enough = best.score >= 1 && best.score / best.links.length >= 0.3;
  const chapters = enough ? best.links.map(({ url, text }) => ({ url, title: text })) : [];
  return { chapters, next: nextPage(page) };
};

/** The page that a list goes on at: `rel=next`, or a link that says so; on the same site, and not this page. */
export const nextPage = (page: HtmlPage): URL | null => {
  const declared = page.$('a[rel~="next" i], link[rel~="next" i]').first().attr("href");
  const said = page
    .$("a[href]")
    .toArray()
    .find((node) => NEXT_WORDS.test(page.$(node).text().trim()) || page.$(node).is("a.next, li.next > a"));
  const next = resolveLink(page, declared ?? (said ? page.$(said).attr("href") : undefined));
  return next && next.host === page.url.host && next.href !== page.url.href ? next : null;
};

/** The link from a book's page to its list of chapters; null when there is none. */
export const listLink = (page: HtmlPage): URL | null => {
  const folder = page.url.pathname.replace(/\/+$/, "");
  const ranked = page
    .$("a[href]")
    .toArray()
    .flatMap((node) => {
      const url = resolveLink(page, page.$(node).attr("href"));
      if (!url || url.host !== page.url.host || url.href.split("#")[0] === page.url.href.split("#")[0]) return [];
      const words = LIST_WORDS.test(page.$(node).text().replace(/\s+/g, " ").trim()) ? 2 : 0;
      const path = LIST_PATH.test(url.pathname) ? 2 : 0;
      const below = url.pathname.startsWith(`${folder}/`) ? 1 : 0;
      return words + path > 0 ? [{ url, score: words + path + below }] : [];
    })
    .sort((a, b) => b.score - a.score);
  const [best] = ranked;
  return best && best.score >= 3 ? best.url : null;
};

/** The largest group of links that are alike and do not look like chapters. */
export const fallbackCatalogue = (page: HtmlPage): CataloguePage => {
  const books = linkClusters(page)
    .filter((links) => likeChapters(links) / links.length < 0.5)
    .filter((links) => links.every((link) => new URL(link.url).host === page.url.host))
    .reduce((a, b) => (b.length > a.length ? b : a), [] as readonly FoundLink[]);
  return { books: books.map(({ url }) => new URL(url)), next: nextPage(page) };
};
