import { type CheerioAPI, load } from "cheerio";

/** A page as it is read: where it stands (after redirects), its markup and its parsed document. */
export interface HtmlPage {
  readonly url: URL;
  readonly html: string;
  readonly $: CheerioAPI;
}

export const parsePage = (url: URL, html: string): HtmlPage => ({ url, html, $: load(html) });

/** What a task may carry as an address. */
const LONGEST = 2048;

/** `href` as an absolute http(s) address in `page`, base element included; null for anything that no task could carry. */
export const resolveLink = (page: HtmlPage, href: string | undefined): URL | null => {
  if (!href?.trim()) return null;
  const base = page.$("base[href]").first().attr("href");
  const from = base && URL.canParse(base, page.url.href) ? new URL(base, page.url) : page.url;
  const text = href.trim();
  if (!URL.canParse(text, from.href)) return null;
  const url = new URL(text, from);
  const isWeb = url.protocol === "http:" || url.protocol === "https:";
  return isWeb && !url.username && !url.password && url.href.length <= LONGEST ? url : null;
};
