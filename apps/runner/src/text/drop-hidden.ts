import type { Cheerio, CheerioAPI } from "cheerio";
import type { AnyNode, Element } from "domhandler";
import { HTML_TAGS } from "./html-tags.ts";

const HIDING =
  /(?:^|[;{\s])(?:display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0+)?(?![.\d])|font-size\s*:\s*0(?:px|em|rem|%)?(?![.\d]))/i;

/** Selectors of the page's own style sheets whose rules hide what they match; rules for other media are left out. */
const hidingSelectors = ($: CheerioAPI): string[] => {
  const sheet = $("style")
    .toArray()
    .map((style) => $(style).text())
    .join("\n")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/@[^{;]+\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}/g, "");
  return [...sheet.matchAll(/([^{}]+)\{([^{}]*)\}/g)]
    .filter(([, , rules = ""]) => HIDING.test(rules))
    .map(([, selectors = ""]) => selectors.trim());
};

const isUnknown = (element: Element) => !HTML_TAGS.has(element.name.toLowerCase());

/**
 * Takes out of `root` what a reader of the page does not see: hidden and aria-hidden elements, those that inline
 * styles or the page's style sheets hide, and elements that HTML does not know (watermarks come in such).
 */
export const dropHidden = ($: CheerioAPI, root: Cheerio<AnyNode>): void => {
  root.find('[hidden], [aria-hidden="true" i]').remove();
  root
    .find("[style]")
    .filter((_, element) => HIDING.test($(element).attr("style") ?? ""))
    .remove();
  for (const selector of hidingSelectors($)) dropMatches(root, selector);
  root
    .find("*")
    .filter((_, element) => isUnknown(element))
    .remove();
};

/** A style sheet's selector need not be one that the parser knows; such a rule hides nothing here. */
const dropMatches = (root: Cheerio<AnyNode>, selector: string): void => {
  try {
    root.find(selector).remove();
  } catch {
    // A selector for browsers alone (::before, :hover, vendor prefixes).
  }
};
