import { describe, expect, test } from "vitest";
import { readDemoBook } from "../../src/demo/demo-book.ts";
import { startDemoSite } from "../../src/demo/demo-site.ts";
import { runDemo } from "../../src/demo/run-demo.ts";
import { taskOf } from "./fake-server.ts";

const book = await readDemoBook();

describe("the demo book", () => {
  test("has chapters worth narrating", () => {
    expect(book.chapters.length).toBeGreaterThanOrEqual(5);
    const words = book.chapters.map(({ paragraphs }) => paragraphs.join(" ").split(/\s+/).length);
    expect(Math.min(...words)).toBeGreaterThanOrEqual(320);
  });

  test("numbers its chapters from 1 without a gap", () => {
    expect(book.chapters.map(({ number }) => number)).toEqual(book.chapters.map((_, index) => index + 1));
  });

  test("is free for any use, and its cover is a JPEG of at most 60 kB", () => {
    expect(book.licence).toBe("CC0-1.0");
    expect(book.cover.subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
    expect(book.cover.length).toBeLessThanOrEqual(60_000);
  });
});

/** Everything of the site that can be reached from `start`, with its text, except what robots.txt forbids. */
const crawl = async (start: string): Promise<ReadonlyMap<string, { status: number; text: string }>> => {
  const pages = new Map<string, { status: number; text: string }>();
  const open = [start];
  for (let url = open.pop(); url !== undefined; url = open.pop()) {
    if (pages.has(url) || url.endsWith("/contact")) continue;
    const answer = await fetch(url);
    const text = await answer.text();
    pages.set(url, { status: answer.status, text });
    for (const [, link = ""] of text.matchAll(/(?:href|src|content)="(\/[^"]*)"/g)) open.push(new URL(link, url).href);
  }
  return pages;
};

describe("the demo's site", () => {
  test("serves all that it links to: every chapter with all its paragraphs, and the cover", async () => {
    const site = await startDemoSite();
    try {
      const pages = await crawl(site.bookUrl);
      expect([...pages].filter(([, { status }]) => status !== 200)).toEqual([]);
      expect(pages.has(`${site.url}/cover.jpg`)).toBe(true);
      const paragraphs = book.chapters.map(
        ({ number }) => pages.get(`${site.bookUrl}/chapter-${number}`)?.text.match(/<p>/g)?.length,
      );
      const noise = 2; // the advert and the footer
      expect(paragraphs).toEqual(book.chapters.map((chapter) => chapter.paragraphs.length + noise));
    } finally {
      await site.close();
    }
  });

  test("keeps a port that it had before, and takes another when that is in use", async () => {
    const first = await startDemoSite();
    const port = Number(new URL(first.url).port);
    const second = await startDemoSite({ port });
    expect(new URL(second.url).port).not.toBe(String(port));
    await Promise.all([first.close(), second.close()]);
    const third = await startDemoSite({ port });
    expect(new URL(third.url).port).toBe(String(port));
    await third.close();
  });

  test("has nothing else", async () => {
    const site = await startDemoSite();
    try {
      const paths = ["/contact", "/book/other", `/book/${book.slug}/chapter-99`, `/book/${book.slug}/chapters?page=9`];
      const statuses = await Promise.all(paths.map(async (path) => (await fetch(site.url + path)).status));
      expect(statuses).toEqual([404, 404, 404, 404]);
    } finally {
      await site.close();
    }
  });
});

describe("the demo's run", () => {
  const bookUrl = "http://127.0.0.1:9/book/the-night-reader";
  const stored = {
    id: "b1",
    slug: "the-night-reader-2",
    url: bookUrl,
    title: book.title,
    author: book.author,
    summary: "",
    genres: [],
    language: "en",
    status: "completed" as const,
    source: "novels",
    hasCover: true,
    chapters: { advertised: 6, listed: 6, stored: 6, failed: 0 },
    narrations: 1,
    createdAt: "2026-01-02T03:04:05.000Z",
    updatedAt: "2026-01-02T03:04:05.000Z",
  };
  const client = (scraped: "done" | "failed", narrated: string[]) => ({
    url: "http://127.0.0.1:8080",
    scrapeBook: () => Promise.resolve({ task: taskOf(), created: true }),
    task: () => Promise.resolve(taskOf({ status: scraped })),
    listBooks: () => Promise.resolve({ items: [stored], nextCursor: null }),
    narrateChapter: (slug: string, chapter: number) => {
      narrated.push(`${slug}/${chapter}`);
      return Promise.resolve({ task: null, narration: null, created: false });
    },
  });
  const options = { bookUrl, pollMs: 1, signal: new AbortController().signal };

  test("scrapes, narrates the first chapter under the book's own slug, and says where it is", async () => {
    const lines: string[] = [];
    const narrated: string[] = [];
    const onProgress = (line: string) => void lines.push(line);
    expect(await runDemo({ ...options, client: client("done", narrated), onProgress })).toEqual(stored);
    expect(narrated).toEqual(["the-night-reader-2/1"]);
    expect(lines.at(-1)).toContain("http://127.0.0.1:8080/books/the-night-reader-2/1");
  });

  test("stops at a scrape that failed", async () => {
    const narrated: string[] = [];
    const demo = runDemo({ ...options, client: client("failed", narrated), onProgress: () => {} });
    await expect(demo).rejects.toMatchObject({ code: "CHILDREN_FAILED" });
    expect(narrated).toEqual([]);
  });
});
