import type { Cheerio, CheerioAPI } from "cheerio";
import type { AnyNode, Element } from "domhandler";
import { HTML_TAGS } from "./html-tags.ts";

const HIDING =
  /(?:^|[;{\s])(?:display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0+)?(?![.\d])|font-size\s*:\s*0(?:px|em|rem|%)?(?![.\d]))/i;

/** The plain rules of a style sheet, one pass over it; what stands in `@media` and its like is left out. */
const plainRules = (sheet: string): readonly { selectors: string; declarations: string }[] => {
  const rules: { selectors: string; declarations: string }[] = [];
  let depth = 0;
  let start = 0;
  let selectors = "";
  for (const { 0: brace, index } of sheet.matchAll(/[{}]/g)) {
    const before = sheet.slice(start, index).trim();
    start = index + 1;
    if (brace === "{") {
      if (depth === 0) selectors = before.slice(before.lastIndexOf(";") + 1).trim();
      depth += 1;
    } else if (depth > 0) {
      depth -= 1;
      if (depth === 0 && !selectors.startsWith("@")) rules.push({ selectors, declarations: before });
    }
  }
  return rules;
};

/** Selectors of the page's own style sheets whose rules hide what they match. */
const hidingSelectors = ($: CheerioAPI): readonly string[] => {
  const sheets = $("style")
    .toArray()
    .map((style) =>
      $(style)
        .text()
        .split("/*")
        .map((part, at) => (at === 0 ? part : part.split("*/", 2)[1]))
        .join(" "),
    );
  return plainRules(sheets.join("\n"))
    .filter(({ declarations }) => HIDING.test(declarations))
    .map(({ selectors }) => selectors);
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
