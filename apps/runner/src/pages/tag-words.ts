import type { CheerioAPI } from "cheerio";
import { type Element, Text } from "domhandler";
import { HTML_TAGS } from "../text/html-tags.ts";

/** A tag as an author would write a spell or a message: words between angle brackets, no attribute, no hyphen. */
const WORDS = /^<[a-z][^<>=/-]*>$/i;

const isUnclosed = ({ sourceCodeLocation: place }: Element): boolean => place != null && !place.endTag;

/**
 * Gives back to the text what its author forgot to escape: in "He cast <Fireball> at it" a parser sees an element that
 * HTML does not know and that nothing closes. One that is closed stays an element: watermarks come in such. Needs
 * source locations, and the page's own markup: a browser closes them all.
 */
export const restoreTagWords = ($: CheerioAPI, html: string): void => {
  for (const element of $("body *").toArray()) {
    if (HTML_TAGS.has(element.name) || !isUnclosed(element)) continue;
    const { startTag } = element.sourceCodeLocation ?? {};
    const source = startTag ? html.slice(startTag.startOffset, startTag.endOffset) : "";
    if (WORDS.test(source)) $(element).replaceWith([new Text(source), ...element.children]);
  }
};
