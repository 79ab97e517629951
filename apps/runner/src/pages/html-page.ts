import { type CheerioAPI, load } from "cheerio";
import { boundedTree } from "./bounded-tree.ts";
import { restoreTagWords } from "./tag-words.ts";

/** A page as it is read: where it stands (after redirects), its markup and its parsed document. */
export interface HtmlPage {
  readonly url: URL;
  readonly html: string;
  readonly $: CheerioAPI;
  /** What its links are relative to. */
  readonly base: URL;
}

/** Throws `NOT_HTML` for a page that is nested beyond reason. */
export const parsePage = (url: URL, html: string): HtmlPage => {
  const $ = load(html, { treeAdapter: boundedTree(), sourceCodeLocationInfo: true });
  restoreTagWords($, html);
  const base = $("base[href]").first().attr("href");
  return { url, html, $, base: base && URL.canParse(base, url.href) ? new URL(base, url) : url };
};

/** What a task may carry as an address. */
const LONGEST = 2048;

/** `href` as an absolute http(s) address in `page`, base element included; null for anything that no task could carry. */
export const resolveLink = (page: HtmlPage, href: string | undefined): URL | null => {
  if (!href?.trim()) return null;
  const text = href.trim();
  if (!URL.canParse(text, page.base.href)) return null;
  const url = new URL(text, page.base);
  const isWeb = url.protocol === "http:" || url.protocol === "https:";
  return isWeb && !url.username && !url.password && url.href.length <= LONGEST ? url : null;
};
