import type { Cheerio, CheerioAPI } from "cheerio";
import { type AnyNode, type Element, isTag, isText } from "domhandler";
import { HTML_TAGS } from "./html-tags.ts";
import { countLetters } from "./tidy-text.ts";

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
    .map(({ selectors }) => selectors)
    .slice(0, MOST_RULES);
};

/** More rules than this hide nothing: each is looked for in the whole page. */
const MOST_RULES = 500;
/** A watermark is shorter, in letters. */
const CHAPTER_LIKE = 500;

/** Letters below `nodes`, but for scripts, styles and what is `left out`. */
const lettersOf = (nodes: readonly AnyNode[], leftOut: ReadonlySet<AnyNode>): number => {
  let letters = 0;
  const rest = [...nodes];
  for (let node = rest.pop(); node; node = rest.pop()) {
    if (leftOut.has(node)) continue;
    if (isText(node)) letters += countLetters(node.data);
    else if (isTag(node) && node.name !== "script" && node.name !== "style") rest.push(...node.children);
  }
  return letters;
};

/**
 * Takes out what a style hides, unless that is most of the text and as long as a chapter: then it is the text itself,
 * kept back until a script shows it.
 */
const dropStyled = (root: Cheerio<AnyNode>, hidden: Cheerio<Element>): void => {
  if (hidden.length === 0) return;
  const all = lettersOf(root.toArray(), new Set());
  const left = lettersOf(root.toArray(), new Set(hidden.toArray()));
  const isTheText = all - left > left && all - left >= CHAPTER_LIKE;
  if (!isTheText) hidden.remove();
};

const isUnknown = (element: Element) => !HTML_TAGS.has(element.name.toLowerCase());

/**
 * Takes out of `root` what a reader of the page does not see: hidden and aria-hidden elements, those that inline
 * styles or the page's style sheets hide (but for a whole chapter, which a script is about to show), and elements that HTML does not know (watermarks come in such).
 */
export const dropHidden = ($: CheerioAPI, root: Cheerio<AnyNode>): void => {
  root.find('[hidden], [aria-hidden="true" i]').remove();
  dropStyled(
    root,
    root.find("[style]").filter((_, element) => HIDING.test($(element).attr("style") ?? "")),
  );
  for (const selector of hidingSelectors($)) dropMatches(root, selector);
  root
    .find("*")
    .filter((_, element) => isUnknown(element))
    .remove();
};

/** A style sheet's selector need not be one that the parser knows; such a rule hides nothing here. */
const dropMatches = (root: Cheerio<AnyNode>, selector: string): void => {
  try {
    dropStyled(root, root.find(selector));
  } catch {
    // A selector for browsers alone (::before, :hover, vendor prefixes).
  }
};
