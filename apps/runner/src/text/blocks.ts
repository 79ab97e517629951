import type { CheerioAPI } from "cheerio";
import { type AnyNode, type Element, isTag, isText } from "domhandler";
import { tidyText } from "./tidy-text.ts";

/** Elements that end a paragraph and whose insides are paragraphs again. */
const WRAPPERS = new Set(
  "address article aside body center details div dd dl dt fieldset figcaption figure footer header hgroup html main p search section summary".split(
    " ",
  ),
);
/** Blocks that are kept whole. */
const WHOLE = new Set(["ul", "ol", "table", "pre", "hr"]);
const HEADINGS: Readonly<Record<string, string>> = { h1: "h2", h2: "h2", h3: "h3", h4: "h4", h5: "h4", h6: "h4" };

const isBlock = (name: string) => WRAPPERS.has(name) || WHOLE.has(name) || name in HEADINGS || name === "blockquote";

const holdsBlock = (element: Element): boolean =>
  element.children.some((child) => isTag(child) && (isBlock(child.name) || holdsBlock(child)));

/** Two line breaks in a row, or one beside an inline element's edge, end the paragraph. */
class Paragraphs {
  readonly #$: CheerioAPI;
  readonly #blocks: string[] = [];
  #line = "";

  constructor($: CheerioAPI) {
    this.#$ = $;
  }

  add(html: string): void {
    this.#line += html;
  }

  lineBreak(): void {
    if (/<br>\s*$/.test(this.#line)) this.end();
    else this.#line += "<br>";
  }

  /** Ends the paragraph; one without a visible character is dropped. */
  end(): void {
    const line = this.#line.replace(/^(?:\s|&nbsp;|<br>)+|(?:\s|&nbsp;|<br>)+$/g, "");
    if (/\S/.test(this.#$("<i>").html(line).text())) this.#blocks.push(`<p>${line}</p>`);
    this.#line = "";
  }

  block(html: string): void {
    this.end();
    this.#blocks.push(html);
  }

  toString(): string {
    this.end();
    return this.#blocks.join("\n");
  }
}

const visit = ($: CheerioAPI, nodes: readonly AnyNode[], into: Paragraphs): void => {
  for (const node of nodes) {
    if (isText(node)) {
      node.data = tidyText(node.data);
      into.add($.html(node));
    } else if (isTag(node)) visitElement($, node, into);
  }
};

const visitElement = ($: CheerioAPI, element: Element, into: Paragraphs): void => {
  const heading = HEADINGS[element.name];
  if (element.name === "br") into.lineBreak();
  else if (heading !== undefined) into.block(tidied(`<${heading}>`, $(element).html() ?? "", `</${heading}>`));
  else if (element.name === "blockquote") into.block(`<blockquote>${toBlocks($, element.children)}</blockquote>`);
  else if (WHOLE.has(element.name)) into.block(tidyText($.html(element)));
  else if (WRAPPERS.has(element.name)) {
    into.end();
    visit($, element.children, into);
    into.end();
  } else if (holdsBlock(element) || holdsBreaks($, element)) visit($, element.children, into);
  else into.add(tidyText($.html(element)));
};

const holdsBreaks = ($: CheerioAPI, element: Element) => /<br>\s*<br>/.test($(element).html() ?? "");

const tidied = (open: string, inside: string, close: string) => open + tidyText(inside) + close;

/** `nodes` as a flat row of blocks: paragraphs out of divs, bare text and double line breaks; empty ones are dropped. */
export const toBlocks = ($: CheerioAPI, nodes: readonly AnyNode[]): string => {
  const paragraphs = new Paragraphs($);
  visit($, nodes, paragraphs);
  return paragraphs.toString();
};
