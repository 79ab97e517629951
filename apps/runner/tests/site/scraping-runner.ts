import { ChapterhouseError, type Payload, type TaskKind } from "@chapterhouse/domain";
import { createMemoryLibrary } from "@chapterhouse/library";
import { createMemoryQueue, startWorker, type TaskLogger } from "@chapterhouse/taskqueue";
import { HttpClient } from "../../src/http/client.ts";
import { type BrowserPages, Pages } from "../../src/pages/pages.ts";
import { PoliteClient } from "../../src/politeness/polite-client.ts";
import { createReaderFor } from "../../src/reader/reader-for.ts";
import { createBookHandler, createBookRangeHandler } from "../../src/scrape/book-handler.ts";
import { createCatalogueHandler } from "../../src/scrape/catalogue-handler.ts";
import { createChapterHandler } from "../../src/scrape/chapter-handler.ts";
import type { Source } from "../../src/sources/schema.ts";
import { type Answer, TestSite } from "./test-site.ts";

const silent: TaskLogger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const noBrowser: BrowserPages = {
  open: () => Promise.reject(new ChapterhouseError("BROWSER_MISSING", "No browser here")),
};

const HOUR_MS = 3_600_000;

/**
 * A worker with the real scrape handlers on a site of a test's own, with the queue and the library in memory. Its clock
 * is the real one plus `ahead`, so that backoffs pass at once.
 */
export const scrapingRunner = async (
  pages: Record<string, Answer>,
  { sources = [] as readonly Source[], browser = noBrowser, minGapMs = 0 } = {},
) => {
  const site = await TestSite.open({ "/robots.txt": "", ...pages });
  const clock = { ahead: 0 };
  const now = () => Date.now() + clock.ahead;
  const queue = createMemoryQueue({ now, random: () => 0 });
  const library = createMemoryLibrary({
    now,
    isLive: async ({ taskId, lease }) => {
      const [task] = await queue.find([taskId]);
      return task?.status === "running" && task.lease === lease;
    },
  });
  const http = new HttpClient({ userAgent: "Chapterhouse/test", rules: site.rules() });
  const client = new PoliteClient({ http, minGapMs, now });
  const deps = { library, pages: new Pages({ client, browser, now }), readerFor: createReaderFor(sources) };
  const worker = startWorker({
    queue,
    handlers: {
      "scrape.catalogue": createCatalogueHandler(deps),
      "scrape.book": createBookHandler(deps),
      "scrape.book_range": createBookRangeHandler(deps),
      "scrape.chapter": createChapterHandler(deps),
    },
    card: { host: "test", pid: process.pid, version: "0.0.0" },
    concurrency: 4,
    log: silent,
    now,
    random: () => 0,
  });
  return {
    site,
    queue,
    library,
    clock,
    worker,
    /** Adds a task and works until nothing is left that is due within five hours; answers how it ended. */
    async run<K extends TaskKind>(kind: K, payload: Payload<K>) {
      const [added] = await queue.add([{ kind, payload, lane: `host:${new URL(site.url).host}` }]);
      for (let round = 0; round < 5; round++) {
        await worker.idle();
        clock.ahead += HOUR_MS;
      }
      await worker.idle();
      const [task] = await queue.find([added?.task.id ?? ""]);
      if (!task) throw new Error("the task is gone");
      return task;
    },
    async [Symbol.asyncDispose]() {
      await worker.stop();
      await http.close();
      await site[Symbol.asyncDispose]();
    },
  };
};
