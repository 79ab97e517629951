import { load } from "cheerio";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cleanChapter, cleanFragment } from "../../../src/text/clean-chapter.ts";

const clean = (body: string, { head = "", remove = [] as string[] } = {}) => {
  const $ = load(`<html><head>${head}</head><body><div id="body">${body}</div></body></html>`);
  return cleanChapter($, $("#body"), remove);
};

describe("what a reader of the page does not see goes", () => {
  test.each([
    ["a script", "<script>track()</script>"],
    ["a frame", "<iframe src='https://ads.example'>ads</iframe>"],
    ["a form", "<form><label>Vote</label><input></form>"],
    ["a hidden element", "<p hidden>watermark</p>"],
    ["an aria-hidden element", '<span aria-hidden="true">watermark</span>'],
    ["an element hidden by its style", '<p style="color: red; DISPLAY : none">watermark</p>'],
    ["an invisible element", '<p style="visibility:hidden">watermark</p>'],
    ["an element of no size", '<span style="font-size:0">watermark</span>'],
    ["an element that HTML does not know", "<nf3d8a2>watermark</nf3d8a2>"],
    ["a custom element", "<x-mark>watermark</x-mark>"],
    ["navigation", "<nav><a href='/2'>on</a></nav>"],
    ["a link to the next chapter", "<a rel='next' href='/2'>onward</a>"],
    ["the same in words", "<p><a href='/2'>Next Chapter »</a></p>"],
    ["an empty paragraph", "<p>&nbsp;<b> </b></p>"],
  ])("%s", (_, noise) => {
    expect(clean(`<p>One.</p>${noise}<p>Two.</p>`)).toEqual({ html: "<p>One.</p>\n<p>Two.</p>", text: "One.\nTwo." });
  });

  test("what a style sheet of the page hides, but not what it hides in print", () => {
    const head =
      "<style>/* a */ .w1, p.x2 { color: red; display:none } @media print { .only { display: none } }</style>";
    const { text } = clean('<p>One.</p><p class="w1">mark</p><p class="x2">mark</p><p class="only">Two.</p>', { head });
    expect(text).toBe("One.\nTwo.");
  });

  test("a whole chapter that a script is about to show stays, and what is hidden in it goes", () => {
    const head = "<style>.c p { opacity: 0 } .shown .c p { opacity: 1 } .w { display: none }</style>";
    const line = "The road went on over the hill, and so did they, slowly. ".repeat(12).trim();
    const body = `<div class="c"><p>${line}</p><p>${line}<i class="w">mark</i></p></div>`;
    expect(clean(body, { head }).text).toBe(`${line}\n${line}`);
    expect(clean(`<div style="visibility: hidden"><p>${line}</p></div>`).text).toBe(line);
  });

  test("what the source removes", () => {
    expect(clean('<p>One.</p><div class="ads">Buy oil</div>', { remove: [".ads"] }).text).toBe("One.");
  });
});

describe("what it shows stays, in a small flat vocabulary", () => {
  test.each([
    [
      "emphasis without attributes",
      '<p class="a" onclick="x()">He <i style="color:red">ran</i>.</p>',
      "<p>He <i>ran</i>.</p>",
    ],
    ["a link's words without the link", '<p>See <a href="/note">the note</a>.</p>', "<p>See the note.</p>"],
    ["double line breaks as paragraphs", "One.<br><br>Two<br>and a half.", "<p>One.</p>\n<p>Two<br />and a half.</p>"],
    ["divs as paragraphs", "<div>One.</div><div><div>Two.</div></div>", "<p>One.</p>\n<p>Two.</p>"],
    ["bare text between blocks", "One.<hr>Two.<p>Three.</p>", "<p>One.</p>\n<hr />\n<p>Two.</p>\n<p>Three.</p>"],
    ["headings below the page's own", "<h1>Night</h1><h6>Later</h6>", "<h2>Night</h2>\n<h4>Later</h4>"],
    [
      "quotes with paragraphs in them",
      "<blockquote>One.<p>Two.</p></blockquote>",
      "<blockquote><p>One.</p>\n<p>Two.</p></blockquote>",
    ],
    ["lists", "<ul><li>One</li><li>Two</li></ul>", "<ul><li>One</li><li>Two</li></ul>"],
    ["words around pictures", '<p>One <img src="x.png" alt="map"> two.</p>', "<p>One  two.</p>"],
    ["text that looks like markup", "<p>1 &lt; 2 &amp; &lt;script&gt;</p>", "<p>1 &lt; 2 &amp; &lt;script&gt;</p>"],
  ])("%s", (_, body, html) => {
    expect(clean(body).html).toBe(html);
  });

  test.each([
    ["a line of verse a line", "<p>O captain<br>my captain</p>", "O captain\nmy captain"],
    ["a table cell a line", "<table><tr><td>Str</td><td>12</td></tr></table>", "Str\n12"],
    ["characters once, without their readings", "<p><ruby>東<rp>(</rp><rt>とう</rt><rp>)</rp></ruby>京</p>", "東京"],
    ["single spaces", "<p>  a \n b&nbsp;c </p>", "a b c"],
    [
      "no invisible characters, and one form of the others",
      "<p>a\u00ADb\u200Bc\uFEFFd cafe\u0301</p>",
      "abcd caf\u00E9",
    ],
    ["joiners that scripts need", "<p>می\u200Cخواهم</p>", "می\u200Cخواهم"],
  ])("plain text has %s", (_, body, text) => {
    expect(clean(body).text).toBe(text);
  });
});

test("cleaning what is clean changes none of its words, whatever the markup", () => {
  const tag = fc.constantFrom(
    "p",
    "div",
    "i",
    "b",
    "br",
    "blockquote",
    "ul",
    "li",
    "nf1",
    "h1",
    "span",
    "pre",
    "table",
    "td",
  );
  const piece = fc.oneof(
    tag.map((name) => `<${name}>`),
    tag.map((name) => `</${name}>`),
    fc.constantFrom("word", " ", "&amp;", "&lt;b&gt;", "\u200B", "\n"),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const once = cleanFragment(pieces.join(""));
      expect(cleanFragment(once.html).text).toBe(once.text);
    }),
  );
});

test.each([
  ["spaces without end", `<p>a${" &nbsp;".repeat(100_000)}b</p>`],
  ["line breaks without end", `<p>${"a<br>".repeat(20_000)}</p>`],
  ["style sheets that never close", `<style>${"@media{a{".repeat(100_000)}</style><p>a</p>`],
  ["comments that never close", `<style>${"/*".repeat(500_000)}</style><p>a</p>`],
])("%s do not hold the runner up", (_, html) => {
  const startedAt = performance.now();
  cleanFragment(html);
  expect(performance.now() - startedAt).toBeLessThan(5000);
});

test("no script survives, whatever the markup", () => {
  const piece = fc.constantFrom(
    "<scr",
    "<script>",
    "ipt>",
    "alert(1)",
    "</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=a()>",
    '<a href="javascript:a()">',
    "<p>",
    "\0",
    "&lt;script&gt;",
    "<style>",
    "</style>",
    "<!--",
    "-->",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      expect(cleanFragment(pieces.join("")).html).not.toMatch(
        /<(?:script|img|svg|a|style|iframe)\b|<[^>]+\s(?:on\w+|href|style)=/i,
      );
    }),
  );
});
