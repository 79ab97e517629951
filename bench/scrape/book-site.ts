import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const WORDS = "salt lamp river stone carter window north letter gate winter clock orchard ash kettle rope".split(" ");
const PARAGRAPHS = 60;
const SENTENCES = 3;
const PER_PAGE = 100;

/** Deterministic filler: the n-th word of a text that repeats itself late. */
const word = (n: number): string => WORDS[(n * 7 + Math.floor(n / 11)) % WORDS.length] ?? "";

const sentence = (seed: number): string =>
  `The ${Array.from({ length: 14 }, (_, i) => word(seed + i)).join(" ")} was number ${seed}.`;

const chapterPage = (n: number): string => {
  const paragraphs = Array.from(
    { length: PARAGRAPHS },
    (_, p) => `<p>${Array.from({ length: SENTENCES }, (_, s) => sentence(n * 1000 + p * SENTENCES + s)).join(" ")}</p>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Chapter ${n}</title><style>.w{display:none}</style></head>
<body><nav><a href="/">Home</a></nav><h1><span class="chapter-title">Chapter ${n}</span></h1>
<div id="content">${paragraphs.join("\n")}<p class="w">taken from elsewhere</p><div class="box-ads">Buy lamps</div></div></body></html>`;
};

const bookPage = `<!doctype html><html lang="en"><body><div class="novel-info"><h1 class="novel-title">The Bench</h1>
<div class="author">Author: <span itemprop="author">Nobody</span></div><a class="chapter-list-link" href="/book/bench/chapters">List</a></div></body></html>`;

const listPage = (page: number, chapters: number): string => {
  const from = (page - 1) * PER_PAGE + 1;
  const to = Math.min(chapters, page * PER_PAGE);
  const items = Array.from(
    { length: to - from + 1 },
    (_, i) => `<li><a href="/book/bench/c-${from + i}">Chapter ${from + i}</a></li>`,
  );
  const next =
    to < chapters ? `<a class="page-link" rel="next" href="/book/bench/chapters?page=${page + 1}">next</a>` : "";
  return `<!doctype html><html lang="en"><body><ul class="chapter-list">${items.join("")}</ul>${next}</body></html>`;
};

/** A site with one book of generated chapters, made before anything is measured. */
export const startBookSite = async (chapters: number) => {
  const pages = Array.from({ length: chapters }, (_, index) => chapterPage(index + 1));
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://site");
    const chapter = /^\/book\/bench\/c-(\d+)$/.exec(pathname)?.[1];
    const page =
      chapter === undefined
        ? otherPage(pathname, Number(searchParams.get("page") ?? 1), chapters)
        : pages[Number(chapter) - 1];
    response.writeHead(page === undefined ? 404 : 200, { "content-type": "text/html; charset=utf-8" }).end(page);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return {
    url,
    book: new URL("/book/bench", url).href,
    pages,
    words: PARAGRAPHS * SENTENCES * 18,
    requests: () => requests,
    close: () => {
      server.closeAllConnections();
      return new Promise((closed) => server.close(closed));
    },
  };
};

const otherPage = (path: string, page: number, chapters: number): string | undefined => {
  if (path === "/book/bench") return bookPage;
  return path === "/book/bench/chapters" ? listPage(page, chapters) : undefined;
};
