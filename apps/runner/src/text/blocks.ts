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

/** What may stand at a paragraph's ends and shows nothing. */
const EDGES = [" ", "\n", "\t", "\f", "&nbsp;", "<br>"];

const trimEdges = (line: string): string => {
  let from = 0;
  let to = line.length;
  for (let edge: string | undefined = ""; edge !== undefined; from += edge?.length ?? 0) {
    edge = EDGES.find((each) => line.startsWith(each, from));
  }
  for (let edge: string | undefined = ""; edge !== undefined && to > from; to -= edge?.length ?? 0) {
    edge = EDGES.find((each) => line.endsWith(each, to));
  }
  return line.slice(from, to);
};

const showsNothing = (html: string): boolean => html.replace(/<[^>]*>|&nbsp;/g, "").trim() === "";

/** Collects blocks. Two line breaks with nothing between them end a paragraph. One pass, whatever the page. */
class Paragraphs {
  readonly #blocks: string[] = [];
  #line: string[] = [];
  #isAfterBreak = false;

  add(html: string): void {
    this.#line.push(html);
    if (html.trim() !== "") this.#isAfterBreak = false;
  }

  lineBreak(): void {
    if (this.#isAfterBreak) {
      this.end();
    } else {
      this.#line.push("<br>");
      this.#isAfterBreak = true;
    }
  }

  /** Ends the paragraph; one without a visible character is dropped. */
  end(): void {
    const line = trimEdges(this.#line.join(""));
    if (!showsNothing(line)) this.#blocks.push(`<p>${line}</p>`);
    this.#line = [];
    this.#isAfterBreak = false;
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
  const paragraphs = new Paragraphs();
  visit($, nodes, paragraphs);
  return paragraphs.toString();
};
