import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const WORDS = "salt lamp river stone carter window north letter gate winter clock orchard ash kettle rope".split(" ");
const SENTENCES = 3;
const PER_PAGE = 100;

/** Deterministic filler: the n-th word of a text that repeats itself late. */
const word = (n: number): string => WORDS[(n * 7 + Math.floor(n / 11)) % WORDS.length] ?? "";

const sentence = (seed: number): string =>
  `The ${Array.from({ length: 14 }, (_, i) => word(seed + i)).join(" ")} was number ${seed}.`;

const chapterPage = (n: number, count: number): string => {
  const paragraphs = Array.from(
    { length: count },
    (_, p) => `<p>${Array.from({ length: SENTENCES }, (_, s) => sentence(n * 1000 + p * SENTENCES + s)).join(" ")}</p>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Chapter ${n}</title><style>.w{display:none}</style></head>
<body><nav><a href="/">Home</a></nav><h1><span class="chapter-title">Chapter ${n}</span></h1>
<div id="content">${paragraphs.join("\n")}<p class="w">taken from elsewhere</p><div class="box-ads">Buy lamps</div></div></body></html>`;
};

const bookPage = `<!doctype html><html lang="en"><body><div class="novel-info"><h1 class="novel-title">The Bench</h1>
<div class="author">Author: <span itemprop="author">Nobody</span></div><a class="chapter-list-link" href="/book/bench/chapters">List</a></div></body></html>`;

const listPage = (page: number, chapters: number, urls: readonly URL[]): string => {
  const from = (page - 1) * PER_PAGE + 1;
  const to = Math.min(chapters, page * PER_PAGE);
  const items = Array.from({ length: to - from + 1 }, (_, i) => {
    const href = new URL(`/book/bench/c-${from + i}`, urls[(from + i) % urls.length]).href;
    return `<li><a href="${href}">Chapter ${from + i}</a></li>`;
  });
  const next =
    to < chapters ? `<a class="page-link" rel="next" href="/book/bench/chapters?page=${page + 1}">next</a>` : "";
  return `<!doctype html><html lang="en"><body><ul class="chapter-list">${items.join("")}</ul>${next}</body></html>`;
};

export interface BookSiteOptions {
  /** Over how many hosts the chapters are spread: each is a lane, which does one at a time. Default 1. */
  readonly hosts?: number;
  /** Of a chapter; default 60, about 3,200 words. */
  readonly paragraphs?: number;
  /** How long a chapter is thought about, in ms. Default 0. */
  readonly delayMs?: number;
}

/** A site with one book of generated chapters, made before anything is measured. */
export const startBookSite = async (
  chapters: number,
  { hosts = 1, paragraphs = 60, delayMs = 0 }: BookSiteOptions = {},
) => {
  const pages = Array.from({ length: chapters }, (_, index) => chapterPage(index + 1, paragraphs));
  const askedAt: number[] = [];
  const waiting = new Set<ServerResponse>();
  let hungUp = 0;
  const urls: URL[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    askedAt.push(Date.now());
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://site");
    const chapter = Number(/^\/book\/bench\/c-(\d+)$/.exec(pathname)?.[1] ?? 0);
    const page = pages[chapter - 1] ?? otherPage(pathname, Number(searchParams.get("page") ?? 1), chapters, urls);
    const send = () => {
      waiting.delete(response);
      response.writeHead(page === undefined ? 404 : 200, { "content-type": "text/html; charset=utf-8" }).end(page);
    };
    if (chapter === 0 || delayMs === 0) return send();
    waiting.add(response);
    const timer = setTimeout(send, delayMs);
    response.once("close", () => {
      clearTimeout(timer);
      if (waiting.delete(response)) hungUp += 1;
    });
  };
  const servers = Array.from({ length: hosts }, () => createServer(answer));
  for (const server of servers) {
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    urls.push(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  }
  const [url = new URL("http://nowhere")] = urls;
  return {
    url,
    /** `host:port` of all its hosts. */
    hosts: urls.map(({ host }) => host),
    book: new URL("/book/bench", url).href,
    pages,
    words: paragraphs * SENTENCES * 18,
    requests: () => askedAt.length,
    /** When the last request came, ms since the epoch. */
    lastAskedAt: () => askedAt.at(-1) ?? 0,
    /** Requests for chapters that somebody waits for. */
    waiting: () => waiting.size,
    /** Requests for chapters that nobody waited for any more: their connections were closed before they were answered. */
    hungUp: () => hungUp,
    close: async () => {
      await Promise.all(
        servers.map((server) => {
          server.closeAllConnections();
          return new Promise((closed) => server.close(closed));
        }),
      );
    },
  };
};

export type BookSite = Awaited<ReturnType<typeof startBookSite>>;

const otherPage = (path: string, page: number, chapters: number, urls: readonly URL[]): string | undefined => {
  if (path === "/book/bench") return bookPage;
  return path === "/book/bench/chapters" ? listPage(page, chapters, urls) : undefined;
};
