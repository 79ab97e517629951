import { type Cheerio, type CheerioAPI, load } from "cheerio";
import type { AnyNode } from "domhandler";
import sanitizeHtml from "sanitize-html";
import { toBlocks } from "./blocks.ts";
import { dropHidden } from "./drop-hidden.ts";
import { plainText } from "./plain-text.ts";

const NEVER_TEXT =
  "script, style, noscript, template, iframe, object, embed, form, button, input, select, textarea, nav, menu, dialog, canvas, svg, math, audio, video, img, picture, map, link, meta, ins.adsbygoogle";
const STEPS = '[rel~="prev" i], [rel~="next" i]';
const STEP_WORDS =
  /^[\s<>«»‹›←→|]*(?:(?:previous|prev|next|last)(?:\s+(?:chapter|page|part))?|table of contents|toc|index)[\s<>«»‹›←→|]*$/i;

/** What may stand in a stored chapter. No attributes at all, no links, no pictures. */
const ALLOWED =
  `p br em i strong b s u q cite h2 h3 h4 blockquote ul ol li dl dt dd hr sup sub table thead tbody tfoot tr th td
  caption pre code ruby rb rt rp`.split(/\s+/);

export interface CleanText {
  /** Flat, sanitised HTML. */
  readonly html: string;
  /** The same in plain words, one paragraph a line. */
  readonly text: string;
}

/**
 * A chapter's body as it is stored. The order matters: what is hidden goes while the page's styles and attributes are
 * still there to tell, then what is no text, then the source's own removals; blocks are made of what is left, and the
 * sanitiser has the last word. `body` is not changed.
 */
export const cleanChapter = ($: CheerioAPI, body: Cheerio<AnyNode>, remove: readonly string[]): CleanText => {
  const root = body.clone();
  dropHidden($, root);
  root.find(NEVER_TEXT).remove();
  root.find(STEPS).remove();
  root
    .find("a")
    .filter((_, link) => STEP_WORDS.test($(link).text()))
    .remove();
  for (const selector of remove) root.find(selector).remove();
  const html = sanitizeHtml(toBlocks($, root.toArray()), { allowedTags: ALLOWED, allowedAttributes: {} });
  return { html, text: plainText(html) };
};

/** The same for HTML that stands alone, such as an extractor's answer. */
export const cleanFragment = (html: string): CleanText => {
  const $ = load(html);
  return cleanChapter($, $("body"), []);
};
