import type { DemoBook, DemoChapter } from "./demo-book.ts";

/** Enough to make the list have more than one page. */
export const LIST_PAGE_SIZE = 4;

const escape = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

const paragraph = (text: string) =>
  `<p>${escape(text.replaceAll("\n", " ")).replaceAll(/\*([^*]+)\*/g, "<em>$1</em>")}</p>`;

/** Around every page stands what a real site has there, and what a clean chapter must not keep. */
const page = (title: string, main: string, head = "") => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escape(title)} - The Candle Street Shelf</title>${head}
<style>body{font:1.1rem/1.6 Georgia,serif;max-width:40rem;margin:2rem auto;padding:0 1rem}.keeper{display:none}</style></head><body>
<header><nav><a href="/">Home</a> <a href="/contact">Contact</a></nav></header>
<main>${main}</main>
<div class="box-ads"><p>Advertisement: Pell's of the Quay, dark crusts at half price before six.</p></div>
<footer><p>The Candle Street Shelf. Everything here is free for any use.</p></footer></body></html>
`;

const bookPath = (book: DemoBook) => `/book/${book.slug}`;
const chapterPath = (book: DemoBook, chapter: DemoChapter) => `${bookPath(book)}/chapter-${chapter.number}`;

export const cataloguePage = (book: DemoBook): string =>
  page(
    "All books",
    `<h1>All books</h1><div class="novel-list"><div class="novel-item"><h4 class="novel-title"><a href="${bookPath(book)}">${escape(book.title)}</a></h4></div></div>`,
  );

export const bookPage = (book: DemoBook): string =>
  page(
    book.title,
    `<div class="novel-info"><h1 class="novel-title" itemprop="name">${escape(book.title)}</h1>
<figure class="cover"><img src="/cover.jpg" alt="${escape(book.title)}" width="300"></figure>
<div class="author">Author: <span itemprop="author">${escape(book.author)}</span></div>
<div class="header-stats"><span><strong>${book.chapters.length}</strong> Chapters</span> <span class="completed">${escape(book.status)}</span></div>
<div class="categories"><ul>${book.genres.map((genre) => `<li><a href="/">${escape(genre)}</a></li>`).join("")}</ul></div>
<div class="summary"><h4>Summary</h4><div class="content"><p>${escape(book.summary)}</p></div></div>
<a class="chapter-list-link" href="${bookPath(book)}/chapters">Chapter list</a></div>`,
    `<meta property="og:title" content="${escape(book.title)}"><meta property="og:image" content="/cover.jpg">`,
  );

/** One page of the list, 1-based; null past the last. */
export const listPage = (book: DemoBook, at: number): string | null => {
  const last = Math.ceil(book.chapters.length / LIST_PAGE_SIZE);
  if (!(at >= 1 && at <= last)) return null;
  const items = book.chapters.slice((at - 1) * LIST_PAGE_SIZE, at * LIST_PAGE_SIZE).map((chapter) => {
    const label = `<span class="chapter-no">${chapter.number}</span> <strong class="chapter-title">${escape(chapter.title)}</strong>`;
    return `<li><a href="${chapterPath(book, chapter)}" title="Chapter ${chapter.number}: ${escape(chapter.title)}">${label}</a></li>`;
  });
  const next =
    at < last ? `<a class="page-link" rel="next" href="${bookPath(book)}/chapters?page=${at + 1}">›</a>` : "";
  return page(
    `${book.title} chapters`,
    `<h1>${escape(book.title)} chapters</h1><ul class="chapter-list">${items.join("\n")}</ul><div class="pagination">${next}</div>`,
  );
};

export const chapterPage = (book: DemoBook, number: number): string | null => {
  const at = book.chapters.findIndex((chapter) => chapter.number === number);
  const chapter = book.chapters[at];
  if (!chapter) return null;
  const link = (to: DemoChapter | undefined, word: string) =>
    to ? `<a class="${word}" rel="${word}" href="${chapterPath(book, to)}">${word}</a>` : "";
  const [first = "", ...rest] = chapter.paragraphs.map(paragraph);
  return page(
    `${chapter.title} - ${book.title}`,
    `<a href="${bookPath(book)}">${escape(book.title)}</a>
<h1><span class="chapter-title">Chapter ${chapter.number}: ${escape(chapter.title)}</span></h1>
${link(book.chapters[at - 1], "prev")} ${link(book.chapters[at + 1], "next")}
<div id="content">${first}
<p class="keeper">Lifted from the Candle Street Shelf.</p>
${rest.join("\n")}</div>
<div class="box-notification">Tip: use the arrow keys to turn the page.</div>`,
  );
};
