import { expect, test } from "vitest";
import type { DemoChapter } from "../../apps/cli/src/demo/demo-book.ts";
import { readDemoBook } from "../../apps/cli/src/demo/demo-book.ts";
import { startDemoSite } from "../../apps/cli/src/demo/demo-site.ts";
import { parsePage } from "../../apps/runner/src/pages/html-page.ts";
import { createReaderFor } from "../../apps/runner/src/reader/reader-for.ts";
import { loadSources } from "../../apps/runner/src/sources/sources.ts";

const load = async (url: URL | string) => parsePage(new URL(url), await (await fetch(url)).text());

const textOf = ({ paragraphs }: DemoChapter): string =>
  paragraphs.map((paragraph) => paragraph.replaceAll("\n", " ").replaceAll("*", "")).join("\n");

test("the source that ships reads the demo's site: every word of every chapter, and none of the noise", async () => {
  const readerFor = createReaderFor(await loadSources());
  const book = await readDemoBook();
  const site = await startDemoSite();
  try {
    const front = await load(site.bookUrl);
    const reader = readerFor(front, "book");
    expect(reader.source).toBe("lightnovel-cards");
    const { listUrl, ...facts } = reader.readBook(front);
    expect(facts).toMatchObject({
      title: book.title,
      author: book.author,
      summary: book.summary,
      genres: book.genres,
      language: book.language,
      status: "completed",
      advertisedChapters: book.chapters.length,
    });

    const listed: { url: string; title: string }[] = [];
    for (let at = listUrl; at;) {
      const page = await load(at);
      const { chapters, next } = readerFor(page, "list").readList(page);
      listed.push(...chapters);
      at = next;
    }
    expect(listed.map(({ title }) => title)).toEqual(book.chapters.map((c) => `Chapter ${c.number}: ${c.title}`));

    const pages = await Promise.all(listed.map(({ url }) => load(url)));
    const texts = pages.map((page) => readerFor(page, "chapter").readChapter(page).text);
    expect(texts).toEqual(book.chapters.map(textOf));
  } finally {
    await site.close();
  }
});
