import type { Payload, TaskKind } from "@chapterhouse/domain";
import { describe, expect, test } from "vitest";
import { novel } from "../../site/novel.ts";
import { scrapingRunner } from "../../site/scraping-runner.ts";

type Runner = Awaited<ReturnType<typeof scrapingRunner>>;

const add = async <K extends TaskKind>({ queue }: Runner, kind: K, payload: Payload<K>): Promise<string> => {
  const [added] = await queue.add([{ kind, payload }]);
  return added?.task.id ?? "";
};

const find = async ({ queue }: Runner, id: string) => (await queue.find([id]))[0];

/** Asks for `path` and is never answered. */
const hanging = (path: string) => {
  const asked = Promise.withResolvers<void>();
  return { asked: asked.promise, pages: { [path]: () => asked.resolve() } };
};

const pages = {
  ...novel({ chapters: ["1"], cover: true }),
  "/books": '<div><div><a href="/novel">The Lamp</a></div></div>',
};

describe("a task that is cancelled in the middle of a request hangs up at once, and asks for nothing more", () => {
  const book = (at: string) => ({ url: `${at}/novel` });
  const range = (at: string) => ({ url: `${at}/novel`, fromChapter: 1, toChapter: 1 });
  const cases: readonly (readonly [TaskKind, string, (at: string) => Payload])[] = [
    ["scrape.book", "/robots.txt", book],
    ["scrape.book", "/novel", book],
    ["scrape.book", "/novel/chapters", book],
    ["scrape.book", "/cover.png", book],
    ["scrape.book", "/novel/c/1", book],
    ["scrape.book_range", "/novel/chapters", range],
    ["scrape.book_range", "/novel/c/1", range],
    ["scrape.catalogue", "/books", (at) => ({ url: `${at}/books` })],
    ["scrape.catalogue", "/novel", (at) => ({ url: `${at}/books` })],
    ["scrape.catalogue", "/novel/c/1", (at) => ({ url: `${at}/books` })],
  ];

  test.each(cases)("%s at %s", async (kind, path, payload) => {
    const { asked, pages: held } = hanging(path);
    await using runner = await scrapingRunner({ ...pages, ...held });
    const id = await add(runner, kind, payload(runner.site.url));
    await asked;
    await runner.queue.cancel([id]);
    await runner.site.hungUp(path);
    await runner.worker.idle();
    const task = await find(runner, id);
    expect(task).toMatchObject({ status: "cancelled", cancelRequestedAt: expect.any(String) });
    expect(Date.parse(task?.finishedAt ?? "")).toBeGreaterThanOrEqual(Date.parse(task?.cancelRequestedAt ?? ""));
    expect(runner.site.log.at(-1)).toBe(path);
    const { items } = await runner.queue.list({ limit: 10 });
    expect(items.map(({ status }) => status)).not.toContain("running");
  });
});

test("a body that is still coming is not read to its end", async () => {
  const half = Promise.withResolvers<void>();
  await using runner = await scrapingRunner({
    ...pages,
    "/novel": (_, response) => {
      response.writeHead(200, { "content-type": "text/html" });
      response.write("<h1>The Lamp</h1>", () => half.resolve());
    },
  });
  const id = await add(runner, "scrape.book", { url: runner.site.at("/novel").href });
  await half.promise;
  await runner.queue.cancel([id]);
  await runner.site.hungUp("/novel");
  await runner.worker.idle();
  expect(await find(runner, id)).toMatchObject({ status: "cancelled" });
});

test("a task that is cancelled while it waits for its slot does not wait for it", async () => {
  const answered = Promise.withResolvers<void>();
  await using runner = await scrapingRunner(
    { ...pages, "/robots.txt": (_, response) => void response.end("", () => answered.resolve()) },
    { minGapMs: 3_600_000 },
  );
  const id = await add(runner, "scrape.book", { url: runner.site.at("/novel").href });
  await answered.promise;
  await runner.queue.cancel([id]);
  await runner.worker.idle();
  expect(await find(runner, id)).toMatchObject({ status: "cancelled" });
  expect(runner.site.log).toEqual(["/robots.txt"]);
});

test("a task that is cancelled while another reads robots.txt for it does not wait for that", async () => {
  const { asked, pages: held } = hanging("/robots.txt");
  await using runner = await scrapingRunner({ ...pages, ...held });
  const first = await add(runner, "scrape.book", { url: runner.site.at("/novel").href });
  await asked;
  const second = await add(runner, "scrape.catalogue", { url: runner.site.at("/books").href });
  await expect.poll(async () => (await find(runner, second))?.status).toBe("running");
  await runner.queue.cancel([second]);
  await expect.poll(async () => (await find(runner, second))?.status).toBe("cancelled");
  expect(await find(runner, first)).toMatchObject({ status: "running" });
  await runner.queue.cancel([first]);
  await runner.worker.idle();
  expect(runner.site.log).toEqual(["/robots.txt"]);
});
