import { describe, expect, test } from "vitest";
import { parsePage } from "../../../src/pages/html-page.ts";
import { fallbackReader } from "../../../src/reader/fallback-reader.ts";

const at = (path: string, html: string) => parsePage(new URL(path, "https://tales.example"), html);
const sentence = (n: number) =>
  `Sentence ${n} of the story walks on down the road, slowly, with a lantern, and says nothing of it.`;
const story = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `<p>${sentence(from + i)}</p>`).join("");
const words = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => sentence(from + i)).join("\n");

const furniture = {
  before: '<header><nav><a href="/">Home</a> <a href="/latest">Latest chapters</a></nav></header>',
  after:
    '<aside><h3>Popular</h3><ul><li><a href="/tale/other">Other tale</a></li></ul></aside><footer><p>All rights reserved.</p></footer>',
};

describe("a book's page", () => {
  const html = `<html lang="de"><head><title>The Hill | Tales</title><meta property="og:title" content="The Hill"><meta property="og:image" content="/hill.png">
    <meta name="description" content="A hill is climbed."></head><body>${furniture.before}<h1>The Hill</h1><p class="author">by Jo Stone</p>
    <p>Status: <span class="status">On going</span> · 120 chapters</p><a rel="tag" href="/t/hills">Hills</a>
    <a href="/tale/hill/toc">Table of Contents</a>${furniture.after}</body></html>`;

  test("is read by the names that pages have in common", () => {
    expect(fallbackReader.readBook(at("/tale/hill", html))).toEqual({
      title: "The Hill",
      author: "Jo Stone",
      summary: "A hill is climbed.",
      genres: ["Hills"],
      language: "de",
      status: "ongoing",
      advertisedChapters: 120,
      coverUrl: new URL("https://tales.example/hill.png"),
      listUrl: new URL("https://tales.example/tale/hill/toc"),
    });
  });
});

describe("a list of chapters", () => {
  const links = (numbers: readonly number[], more = "") =>
    `${furniture.before}<main><ol>${numbers.map((n) => `<li><a href="/tale/hill/${n}-part">Part ${n}</a></li>`).join("")}</ol>${more}</main>${furniture.after}`;

  test("is the largest group of links that look like chapters; the page's furniture is none", () => {
    const { chapters, next } = fallbackReader.readList(at("/tale/hill/toc", links([1, 2, 3])));
    expect(chapters.map(({ title }) => title)).toEqual(["Part 1", "Part 2", "Part 3"]);
    expect(next).toBeNull();
  });

  test.each([
    ["rel=next", '<a rel="next" href="?page=2">2</a>'],
    ["a link that says next", '<a href="?page=2">Next ›</a>'],
    ["an arrow", '<a href="?page=2">»</a>'],
  ])("goes on by %s", (_, more) => {
    expect(fallbackReader.readList(at("/toc", links([1, 2], more))).next?.href).toBe(
      "https://tales.example/toc?page=2",
    );
  });

  test("does not go on to itself or to another site", () => {
    expect(fallbackReader.readList(at("/toc", links([1], '<a rel="next" href="/toc">next</a>'))).next).toBeNull();
    expect(
      fallbackReader.readList(at("/toc", links([1], '<a rel="next" href="https://x.example/">next</a>'))).next,
    ).toBeNull();
  });

  test("keeps an unnumbered chapter among the others, and each address once", () => {
    const html =
      '<ul><li><a href="/t/1">Chapter 1</a></li><li><a href="/t/interlude">Of the sea</a></li><li><a href="/t/1#c">1</a></li><li><a href="/t/2">Chapter 2</a></li></ul>';
    const { chapters } = fallbackReader.readList(at("/toc", html));
    expect(chapters.map(({ title }) => title)).toEqual(["Chapter 1", "Of the sea", "Chapter 2"]);
  });

  test("is not made of links that are no chapters", () => {
    expect(
      fallbackReader.readList(at("/", '<ul><li><a href="/a">About</a></li><li><a href="/b">Shop</a></li></ul>'))
        .chapters,
    ).toEqual([]);
  });
});

describe("a chapter", () => {
  const page = (inside: string) => `<html><body>${furniture.before}${inside}${furniture.after}</body></html>`;

  test.each([
    [
      "in a container with a common name",
      `<div class="chapter-content">${story(1, 3)}<div class="ads">Buy</div></div>`,
    ],
    ["directly in #content", `<div id="content">${story(1, 3)}</div>`],
    ["somewhere", `<div class="x1"><div class="x2">${story(1, 3)}</div></div>`],
  ])("%s", (_, inside) => {
    expect(fallbackReader.readChapter(at("/c/1", page(inside)))).toMatchObject({ found: true, text: words(1, 3) });
  });

  test("is not the frame that #content is on other sites", () => {
    const html = `<div id="content"><div class="menu-x"><a href="/a">A</a> menu of many words, all of them in a list of links</div><div class="z">${story(1, 8)}</div></div>`;
    expect(fallbackReader.readChapter(at("/c/1", page(html))).text).toContain(words(1, 8));
  });

  test("an empty place for it is empty: nothing else of the page is taken for it", () => {
    const html = page(
      '<div id="content"></div><div class="tip">Tip: use the arrow keys to turn the page, or swipe.</div>',
    );
    expect(fallbackReader.readChapter(at("/c/1", html))).toEqual({ found: true, html: "", text: "" });
  });

  test("a page without any is none", () => {
    expect(fallbackReader.readChapter(at("/c/1", page("<p>Sorry.</p>"))).found).toBe(false);
  });
});
