import { describe, expect, test } from "vitest";
import { type HtmlPage, parsePage } from "../../../src/pages/html-page.ts";
import { fallbackList, nextPage } from "../../../src/reader/fallback-list.ts";
import { fallbackReader } from "../../../src/reader/fallback-reader.ts";
import { cleanChapter } from "../../../src/text/clean-chapter.ts";

const page = (html: string) => parsePage(new URL("https://tales.example/b"), html);
const text = (body: string) => {
  const { $ } = page(`<div id="c">${body}</div>`);
  return cleanChapter($, $("#c"), []).text;
};

describe("words that an author put between angle brackets", () => {
  test.each([
    ["<p>He cast <Fireball> at it. It <i>died</i>.</p><p>Then?</p>", "He cast <Fireball> at it. It died.\nThen?"],
    ["<p>[<Level Up>]</p><p>Then <Ice> and <Fire> fell.</p>", "[<Level Up>]\nThen <Ice> and <Fire> fell."],
    ["<p>One.</p><mark7>stolen</mark7><p>Two.</p>", "One.\nTwo."],
    ["<p>One.</p><x-mark>stolen<p>words</p>", "One."],
    ['<p>One.</p><mark7 class="a">stolen', "One."],
  ])("%s", (body, expected) => {
    expect(text(body)).toBe(expected);
  });
});

test.each([
  ["elements", "<div>"],
  ["inline elements", "<span>"],
  ["lists", "<ul><li>"],
])("a page of %s in each other beyond reason is refused", (_, tag) => {
  expect(() => page(tag.repeat(100_000))).toThrow(expect.objectContaining({ code: "NOT_HTML" }));
});

test("one that is nested deep but not beyond reason is read", () => {
  expect(text(`${"<div>".repeat(500)}Words.`)).toBe("Words.");
});

describe("hostile pages cost no more than their size", () => {
  const started = () => {
    const at = performance.now();
    return () => performance.now() - at;
  };

  test.each([
    ["arrows", `<a href="x">${"&gt;".repeat(300_000)}x</a>`, nextPage],
    ["digits", `<title>x</title><p>${"1".repeat(300_000)}</p>`, (digits: HtmlPage) => fallbackReader.readBook(digits)],
    ["links", `${"<div>".repeat(300)}${'<a href="x">1</a>'.repeat(5000)}`, fallbackList],
  ] as const)("of %s", (_, html, read) => {
    const parsed = page(html);
    const elapsed = started();
    read(parsed);
    expect(elapsed()).toBeLessThan(5000);
  });
});
