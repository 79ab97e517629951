import type { Cheerio, CheerioAPI } from "cheerio";
import type { AnyNode } from "domhandler";

/** What a source's selector says: where, and which attribute (null: the text). */
const parse = (selector: string): { at: string; attribute: string | null } => {
  const [, at = selector, attribute] = /^(.*?)@([\w:-]+)$/.exec(selector) ?? [];
  return { at: at.trim(), attribute: attribute ?? null };
};

const squeeze = (text: string) => text.replace(/\s+/g, " ").trim();

/** All values of the first selector that finds any, within `scope` (or the whole page). Empty values do not count. */
export const selectAll = (
  $: CheerioAPI,
  selectors: readonly string[] | undefined,
  scope?: Cheerio<AnyNode>,
): readonly string[] => {
  for (const selector of selectors ?? []) {
    const { at, attribute } = parse(selector);
    const hits = at === "" ? (scope ?? $.root()) : scope ? scope.find(at) : $(at);
    const values = hits
      .toArray()
      .map((node) => squeeze(attribute === null ? $(node).text() : ($(node).attr(attribute) ?? "")))
      .filter(Boolean);
    if (values.length > 0) return values;
  }
  return [];
};

/** The first value, or null. */
export const select = (
  $: CheerioAPI,
  selectors: readonly string[] | undefined,
  scope?: Cheerio<AnyNode>,
): string | null => selectAll($, selectors, scope)[0] ?? null;

/** The first element that a selector finds, whatever is in it; null when none does. */
export const selectElement = ($: CheerioAPI, selectors: readonly string[]): Cheerio<AnyNode> | null => {
  for (const selector of selectors) {
    const hits = $(selector).first();
    if (hits.length > 0) return hits;
  }
  return null;
};

/** The text of the first element found, a paragraph a line. */
export const selectParagraphs = ($: CheerioAPI, selectors: readonly string[] | undefined): string => {
  for (const selector of selectors ?? []) {
    const { at, attribute } = parse(selector);
    const hit = $(at).first();
    if (hit.length === 0) continue;
    if (attribute !== null) return squeeze(hit.attr(attribute) ?? "");
    const copy = hit.clone();
    copy.find("script, style, h1, h2, h3, h4, button").remove();
    copy.find("br").replaceWith("\n");
    copy.find("p, div, li").append("\n");
    const lines = copy.text().split("\n").map(squeeze).filter(Boolean);
    if (lines.length > 0) return lines.join("\n");
  }
  return "";
};
