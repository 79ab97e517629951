import type { ErrorCode, Payload } from "@chapterhouse/domain";
import { describe, expect, test } from "vitest";
import { body, novel, text } from "../../site/novel.ts";
import { scrapingRunner } from "../../site/scraping-runner.ts";
import type { Answer } from "../../site/test-site.ts";

type Runner = Awaited<ReturnType<typeof scrapingRunner>>;

const chaptersOf = async ({ library }: Runner, slug = "the-lamp") => {
  const { items } = await library.listChapters(slug, { limit: 500 });
  return items.map(({ title, state, error }) => [title, error?.code ?? state]);
};

const scrape = (runner: Runner) => runner.run("scrape.book", { url: runner.site.at("/novel").href });

test("a book comes with its cover, its whole list over several pages, and the text of every chapter", async () => {
  await using runner = await scrapingRunner(
    novel({ chapters: ["1", "2", "3", "4", "5"], perPage: 2, advertised: 5, cover: true }),
  );
  const task = await scrape(runner);
  expect(task).toMatchObject({
    status: "done",
    result: { slug: "the-lamp", chaptersListed: 5, chaptersAdded: 5, chaptersAdvertised: 5, missing: 0 },
    children: { total: 5, done: 5 },
  });
  expect(await runner.library.getBook("the-lamp")).toMatchObject({
    title: "The Lamp",
    source: "fallback",
    hasCover: true,
    chapters: { advertised: 5, listed: 5, stored: 5, failed: 0 },
  });
  expect(await runner.library.getChapter("the-lamp", 4)).toMatchObject({ title: "Chapter 4", text: text("4") });
});

test("a second run asks for the book's page and its lists alone", async () => {
  await using runner = await scrapingRunner(novel({ chapters: ["1", "2", "3"], perPage: 2, cover: true }));
  await scrape(runner);
  runner.site.log.length = 0;
  const again = await scrape(runner);
  expect(again).toMatchObject({ status: "done", result: { chaptersToFetch: 0, chaptersAdded: 0 } });
  expect(runner.site.log.filter((path) => path !== "/robots.txt")).toEqual([
    "/novel",
    "/novel/chapters",
    "/novel/chapters?page=2",
  ]);
});

test("a chapter inserted in the middle is the only one fetched, and stands in its place", async () => {
  const pages = novel({ chapters: ["1", "2"] });
  await using runner = await scrapingRunner(pages);
  await scrape(runner);
  runner.site.log.length = 0;
  runner.site.change(novel({ chapters: ["1", "1b", "2"] }));
  await scrape(runner);
  expect(runner.site.log.filter((path) => path.startsWith("/novel/c/"))).toEqual(["/novel/c/1b"]);
  expect(await chaptersOf(runner)).toEqual([
    ["Chapter 1", "stored"],
    ["Chapter 1b", "stored"],
    ["Chapter 2", "stored"],
  ]);
});

describe("what is no chapter is never stored, and is named", () => {
  const failures: readonly (readonly [string, ErrorCode, Answer])[] = [
    [
      "a challenge",
      "BLOCKED_CHALLENGE",
      (_, response) => response.writeHead(403).end("<title>Just a moment...</title>"),
    ],
    ["an empty body", "EMPTY_BODY", '<body><div class="chapter-content"></div><p>Tip: use the arrow keys.</p></body>'],
    [
      "a lock",
      "LOGIN_REQUIRED",
      '<body><div class="chapter-content"><p>Please log in to read this chapter.</p></div></body>',
    ],
    ["a missing page", "NOT_FOUND", (_, response) => response.writeHead(404).end()],
    ["another chapter's text", "DUPLICATE_BODY", `<body><div class="chapter-content">${body("1")}</div></body>`],
    [
      "scripts without a browser to run them",
      "BROWSER_MISSING",
      "<body><script>fill()</script><div id='content'></div></body>",
    ],
  ];

  test.each(failures)("%s is %s", async (_, code, answer) => {
    await using runner = await scrapingRunner({ ...novel({ chapters: ["1", "2", "3"] }), "/novel/c/2": answer });
    const task = await scrape(runner);
    expect(task).toMatchObject({
      status: "done",
      error: { code: "CHILDREN_FAILED" },
      children: { done: 2, failed: 1 },
    });
    expect(await chaptersOf(runner)).toEqual([
      ["Chapter 1", "stored"],
      ["Chapter 2", code],
      ["Chapter 3", "stored"],
    ]);
  });
});

test("a chapter that comes cut short twice is whole at the third attempt", async () => {
  let cuts = 0;
  const page = novel({ chapters: ["1"] })["/novel/c/1"] as string;
  await using runner = await scrapingRunner({
    ...novel({ chapters: ["1"] }),
    "/novel/c/1": (_, response) => {
      response.writeHead(200, { "content-type": "text/html", "content-length": Buffer.byteLength(page) });
      if (++cuts > 2) return void response.end(page);
      response.write(page.slice(0, 200));
      return void setImmediate(() => response.destroy());
    },
  });
  expect(await scrape(runner)).toMatchObject({ status: "done" });
  expect(await runner.library.getChapter("the-lamp", 1)).toMatchObject({ text: text("1") });
});

test("a book posted again after the fault is gone fetches what is missing, and is complete", async () => {
  await using runner = await scrapingRunner({
    ...novel({ chapters: ["1", "2", "3"] }),
    "/novel/c/2": (_, response) => response.writeHead(403).end("<title>Just a moment...</title>"),
  });
  expect(await scrape(runner)).toMatchObject({ status: "done", error: { code: "CHILDREN_FAILED" } });
  runner.site.change(novel({ chapters: ["1", "2", "3"] }));
  runner.site.log.length = 0;
  expect(await scrape(runner)).toMatchObject({ status: "done", result: { chaptersToFetch: 1 } });
  expect(runner.site.log.filter((path) => path.startsWith("/novel/c/"))).toEqual(["/novel/c/2"]);
});

test("of a book some of whose chapters failed, those alone are tried again", async () => {
  const locked: Answer = (_, response) => response.writeHead(403).end("<title>Just a moment...</title>");
  await using runner = await scrapingRunner({ ...novel({ chapters: ["1", "2", "3"] }), "/novel/c/2": locked });
  const book = await scrape(runner);
  runner.site.change(novel({ chapters: ["1", "2", "3"] }));
  runner.site.log.length = 0;
  const retried = await runner.admin.act({ type: "retry_children" }, { ids: [book.id] });
  expect(retried.tasks).toMatchObject([{ status: "waiting", error: null, children: { total: 3, done: 2, failed: 0 } }]);
  await runner.work();
  expect(runner.site.log.filter((path) => path !== "/robots.txt")).toEqual(["/novel/c/2"]);
  expect(await runner.queue.find([book.id])).toMatchObject([
    { status: "done", error: null, children: { total: 3, done: 3, failed: 0 } },
  ]);
});

test("a chapter whose text is stored already is not asked for again", async () => {
  await using runner = await scrapingRunner(novel({ chapters: ["1"] }));
  await scrape(runner);
  const [chapter] = (await runner.queue.list({ kinds: ["scrape.chapter"], limit: 1 })).items;
  runner.site.log.length = 0;
  const again = await runner.run("scrape.chapter", chapter?.payload as Payload<"scrape.chapter">);
  expect(again).toMatchObject({ status: "done", result: { words: expect.any(Number) } });
  expect(runner.site.log).toEqual([]);
});

test("a chapter that left the library is not asked for", async () => {
  await using runner = await scrapingRunner(novel({ chapters: ["1"] }));
  const { href: url } = runner.site.at("/novel/c/1");
  const gone = await runner.run("scrape.chapter", { url, bookUrl: url, slug: "the-lamp", chapterId: "nowhere" });
  expect(gone).toMatchObject({ status: "failed", error: { code: "CHAPTER_NOT_FOUND" } });
  expect(runner.site.log).toEqual([]);
});

describe("a book that is to be read aloud", () => {
  const narrated = (runner: Runner, narrate = "flite:rms") =>
    runner.run("scrape.book", { url: runner.site.at("/novel").href, narrate });

  test("has a narration of each new chapter, as its task's child, and is done after the last", async () => {
    await using runner = await scrapingRunner(novel({ chapters: ["1", "2"] }));
    const book = await narrated(runner);
    expect(book).toMatchObject({ status: "done", error: null, children: { total: 2, done: 2 } });
    for (const { task } of await runner.queue.children(book.id, { limit: 10 })) {
      expect(task).toMatchObject({ kind: "scrape.chapter", status: "done", children: { total: 1, done: 1 } });
      const [narration] = await runner.queue.children(task.id, { limit: 10 });
      expect(narration?.task).toMatchObject({ kind: "narrate.chapter", status: "done", lane: "voice:flite" });
    }
    expect(await runner.library.getChapter("the-lamp", 2)).toMatchObject({ voices: ["flite:rms"] });
    expect(await narrated(runner)).toMatchObject({ status: "done", children: { total: 0 } });
  });

  test("may be one of a catalogue: a list, its book, its chapter and its narration wait for each other", async () => {
    const books = '<div><div><a href="/novel">The Lamp</a></div></div>';
    await using runner = await scrapingRunner({ ...novel({ chapters: ["1"] }), "/books": books });
    const url = runner.site.at("/books").href;
    let task = await runner.run("scrape.catalogue", { url, narrate: "flite:rms" });
    const kinds = [task.kind];
    while (task.children.total > 0) {
      const [child] = await runner.queue.children(task.id, { limit: 1 });
      if (!child) throw new Error("a child is missing");
      // The last to end ends those above it in the same moment.
      expect(child.task.finishedAt).toBe(task.finishedAt);
      ({ task } = child);
      kinds.push(task.kind);
    }
    expect(kinds).toEqual(["scrape.catalogue", "scrape.book", "scrape.chapter", "narrate.chapter"]);
  });

  test("keeps the text of a chapter that cannot be spoken, and is done with an error", async () => {
    await using runner = await scrapingRunner(novel({ chapters: ["1"] }));
    expect(await narrated(runner, "flite:nobody")).toMatchObject({
      status: "done",
      error: { code: "CHILDREN_FAILED" },
    });
    const { items } = await runner.queue.list({ kinds: ["narrate.chapter", "scrape.chapter"], limit: 10 });
    expect(items.map(({ status, error }) => [status, error?.code])).toEqual([
      ["failed", "VOICE_UNKNOWN"],
      ["failed", "CHILDREN_FAILED"],
    ]);
    expect(await chaptersOf(runner)).toEqual([["Chapter 1", "stored"]]);
  });
});

test("a site that says 429 is left alone until then, and no attempt is spent on it", async () => {
  let refusals = 0;
  const pages = novel({ chapters: ["1"] });
  await using runner = await scrapingRunner({
    ...pages,
    "/novel/c/1": (_, response) => {
      if (++refusals <= 7) return void response.writeHead(429, { "retry-after": "1" }).end();
      return void response.writeHead(200, { "content-type": "text/html" }).end(pages["/novel/c/1"]);
    },
  });
  await scrape(runner);
  await runner.run("scrape.catalogue", { url: runner.site.at("/nothing").href });
  const { items } = await runner.queue.list({ kinds: ["scrape.chapter"], limit: 10 });
  expect(items).toMatchObject([{ status: "done", attempts: 1 }]);
});

test("a list that lost chapters while the site claims them is refused, and nothing is marked gone", async () => {
  await using runner = await scrapingRunner(novel({ chapters: ["1", "2", "3"], advertised: 3 }));
  await scrape(runner);
  runner.site.change(novel({ chapters: ["1"], advertised: 3 }));
  expect(await scrape(runner)).toMatchObject({ status: "failed", error: { code: "LAYOUT_CHANGED" } });
  expect(await chaptersOf(runner)).toHaveLength(3);
});

test("a list that runs in circles ends", async () => {
  await using runner = await scrapingRunner({
    ...novel({ chapters: ["1", "2"] }),
    "/novel/chapters":
      '<ol><li><a href="/novel/c/1">Chapter 1</a></li></ol><a rel="next" href="/novel/chapters?p=2">next</a>',
    "/novel/chapters?p=2":
      '<ol><li><a href="/novel/c/2">Chapter 2</a></li></ol><a rel="next" href="/novel/chapters">next</a>',
  });
  expect(await scrape(runner)).toMatchObject({ status: "done", result: { chaptersListed: 2 } });
});

test("a list with the newest chapter first is turned round", async () => {
  await using runner = await scrapingRunner(novel({ chapters: ["3", "2", "1"] }));
  await scrape(runner);
  expect((await chaptersOf(runner)).map(([title]) => title)).toEqual(["Chapter 1", "Chapter 2", "Chapter 3"]);
});

test("a page without a list of chapters is NO_CHAPTERS", async () => {
  await using runner = await scrapingRunner({ "/novel": "<body><h1>The Lamp</h1><p>Soon.</p></body>" });
  expect(await scrape(runner)).toMatchObject({ status: "failed", error: { code: "NO_CHAPTERS" } });
});

describe("a range", () => {
  const range = (runner: Runner, fromChapter: number, toChapter: number) =>
    runner.run("scrape.book_range", { url: runner.site.at("/novel").href, fromChapter, toChapter });

  test("lists the whole book and fetches its chapters alone", async () => {
    await using runner = await scrapingRunner(novel({ chapters: ["1", "2", "3", "4"] }));
    expect(await range(runner, 2, 3)).toMatchObject({ status: "done", children: { total: 2 } });
    expect((await chaptersOf(runner)).map(([, state]) => state)).toEqual(["listed", "stored", "stored", "listed"]);
  });

  test("behind the last chapter is NO_CHAPTERS", async () => {
    await using runner = await scrapingRunner(novel({ chapters: ["1"] }));
    expect(await range(runner, 5, 9)).toMatchObject({ status: "failed", error: { code: "NO_CHAPTERS" } });
  });
});

test("a catalogue adds a task for each book of all its pages, and waits for them", async () => {
  await using runner = await scrapingRunner({
    ...novel({ chapters: ["1"] }),
    "/books":
      '<div><div><a href="/novel">The Lamp</a></div><div><a href="/empty">Nothing yet</a></div></div><a rel="next" href="/books?page=2">next</a>',
    "/books?page=2": '<div><div><a href="/other">Another</a></div></div>',
    "/empty": "<h1>Nothing yet</h1>",
  });
  const task = await runner.run("scrape.catalogue", { url: runner.site.at("/books").href });
  expect(task).toMatchObject({
    status: "done",
    error: { code: "CHILDREN_FAILED" },
    result: { booksFound: 3 },
    children: { total: 3, done: 1, failed: 2 },
  });
  expect(await runner.library.getBook("the-lamp")).toMatchObject({ chapters: { stored: 1 } });
});

test("a catalogue page without books is LAYOUT_CHANGED", async () => {
  await using runner = await scrapingRunner({ "/books": "<h1>Nothing</h1>" });
  const task = await runner.run("scrape.catalogue", { url: runner.site.at("/books").href });
  expect(task).toMatchObject({ status: "failed", error: { code: "LAYOUT_CHANGED" } });
});
