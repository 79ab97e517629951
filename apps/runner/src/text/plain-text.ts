import { load } from "cheerio";
import { type AnyNode, isTag, isText } from "domhandler";

/** Elements that stand on a line of their own. */
const LINES = new Set("p h2 h3 h4 blockquote ul ol li dl dt dd table caption tr th td pre hr body".split(" "));
/** Readings above characters and their brackets: they say the same word twice. */
const READINGS = new Set(["rt", "rp"]);

/** Plain text of a cleaned chapter: one paragraph (or line of verse) a line, single spaces. Same HTML, same text. */
export const plainText = (html: string): string => {
  const $ = load(html);
  const pieces: string[] = [];
  const visit = (node: AnyNode, verbatim: boolean): void => {
    if (isText(node)) pieces.push(verbatim ? node.data : node.data.replace(/\s+/g, " "));
    else if (isTag(node)) {
      if (READINGS.has(node.name)) return;
      if (node.name === "br") pieces.push("\n");
      const line = LINES.has(node.name);
      if (line) pieces.push("\n");
      for (const child of node.children) visit(child, verbatim || node.name === "pre");
      if (line) pieces.push("\n");
    }
  };
  for (const node of $("body").toArray()) visit(node, false);
  return pieces
    .join("")
    .split("\n")
    .map((line) => line.replace(/\s+/g, " ").trim())
    .filter(Boolean)
    .join("\n");
};
