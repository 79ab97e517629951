import type { Book } from "@chapterhouse/domain";
import { Readability } from "@mozilla/readability";
import { parseHTML } from "linkedom";
import { type HtmlPage, resolveLink } from "../pages/html-page.ts";
import { cleanChapter, cleanFragment } from "../text/clean-chapter.ts";
import { dropHidden } from "../text/drop-hidden.ts";
import { countLetters } from "../text/tidy-text.ts";
import { fallbackCatalogue, fallbackList, listLink } from "./fallback-list.ts";
import { select, selectAll, selectElement, selectParagraphs } from "./select.ts";
import type { BookPage, ChapterPage, SiteReader } from "./site-reader.ts";

/** Where chapters commonly stand, the most telling first. */
const BODIES = [
  "#chapter-content, .chapter-content, #chaptercontent, .chapter-body, #chapter-body, .chapter-inner, .chapter-text",
  ".reading-content .text-left, .reading-content, #chr-content, .chr-c, .epcontent, #novelcontent, #chapter_content",
  "[itemprop=articleBody], .entry-content, .post-content, .post-body, #storytext, #chp_raw",
];
/** Only when the text stands directly in it: elsewhere this name is the frame of the whole page. */
const BARE_BODIES = ["#content", ".content", "article", "main"];
const FURNITURE =
  "nav, footer, aside, body > header, [role=navigation], [role=complementary], [class*=advert], [class*=comment], [id*=comment], [class*=share], [class*=related], [class*=cookie], [class*=breadcrumb], .ads, .ad, [class^=box-ad]";
/** Fewer letters than this are no chapter that an extractor may claim to have found. */
const LEAST_LETTERS = 80;

/** Reads sites that no source knows: common names and Readability for bodies, likeness of links for lists. */
export const fallbackReader: SiteReader = {
  source: "fallback",
  listOrder: "by-numbers",
  readBook: (page) => readBook(page),
  readList: (page) => fallbackList(page),
  readChapter: (page) => readChapter(page),
  readCatalogue: (page) => fallbackCatalogue(page),
};

const STATUS_WORDS: readonly (readonly [RegExp, Book["status"]])[] = [
  [/\b(?:completed?|finished)\b/i, "completed"],
  [/\bon\s?-?going\b/i, "ongoing"],
  [/\bhiatus\b/i, "hiatus"],
  [/\b(?:cancell?ed|dropped|abandoned)\b/i, "cancelled"],
];

const readBook = (page: HtmlPage): BookPage => {
  const { $ } = page;
  const said = selectAll($, ["[class*=status], .completed, .ongoing"]).join(" ").slice(0, 500);
  const visible = $("body").clone();
  visible.find("script, style, nav, footer").remove();
  visible.find("*").append(" ");
  const main = visible.text();
  // Of bounded length: a page of nothing but digits must not cost its square.
  const advertised =
    /(\d[\d,.]{0,11})\s+chapters?\b/i.exec(main)?.[1] ?? /\bchapters?\s*[:(]\s*(\d[\d,.]{0,11})/i.exec(main)?.[1];
  return {
    title: select($, ["meta[property='og:title']@content", "[itemprop=name]", "h1", "title"]) ?? "",
    author: (
      select($, [
        "[itemprop=author]",
        "meta[name=author]@content",
        "a[rel=author]",
        "a[href*='/author/']",
        ".author",
      ]) ?? ""
    ).replace(/^(?:author|by)\s*:?\s*/i, ""),
    summary: selectParagraphs($, [
      "[itemprop=description]",
      ".summary .content",
      ".summary, .synopsis, .description, #synopsis, #summary",
      "meta[property='og:description']@content",
      "meta[name=description]@content",
    ]),
    genres: [...new Set(selectAll($, ["[itemprop=genre]", "a[href*='/genre']", "a[rel=tag]"]))].slice(0, 30),
    language: $("html").attr("lang") ?? "",
    status: STATUS_WORDS.find(([words]) => words.test(said))?.[1] ?? "unknown",
    advertisedChapters: advertised ? Number(advertised.replace(/\D/g, "")) : null,
    coverUrl: resolveLink(
      page,
      select($, ["meta[property='og:image']@content", "[itemprop=image]@src", "[class*=cover] img@src"]) ?? undefined,
    ),
    listUrl: listLink(page),
  };
};

const readChapter = (page: HtmlPage): ChapterPage => {
  const { $ } = page;
  const named = selectElement($, BODIES);
  if (named !== null) return { found: true, ...cleanChapter($, named, [FURNITURE]) };
  for (const selector of BARE_BODIES) {
    const body = $(selector).first();
    if (body.length === 0) continue;
    if (body.is("#content") && countLetters(body.text()) === 0) return { found: true, html: "", text: "" };
    const direct = body.clone();
    direct.children("div, section, article, aside, ul, ol").remove();
    if (countLetters(direct.text()) * 2 > countLetters(body.text())) {
      return { found: true, ...cleanChapter($, body, [FURNITURE]) };
    }
  }
  return readArticle(page);
};

/** Readability on what is visible of the page. */
const readArticle = (page: HtmlPage): ChapterPage => {
  const { $ } = page;
  const root = $.root().clone();
  dropHidden($, root);
  root.find(FURNITURE).remove();
  const { document } = parseHTML(root.html() ?? "");
  const article = new Readability(document, { charThreshold: 200 }).parse();
  const clean = cleanFragment(article?.content ?? "");
  return countLetters(clean.text) < LEAST_LETTERS ? { found: false, html: "", text: "" } : { found: true, ...clean };
};
