import { ChapterhouseError, type Payload, type TaskKind } from "@chapterhouse/domain";
import { createMemoryLibrary } from "@chapterhouse/library";
import { createMemoryPorts, startWorker, type TaskLogger } from "@chapterhouse/taskqueue";
import { HttpClient } from "../../src/http/client.ts";
import { type BrowserPages, Pages } from "../../src/pages/pages.ts";
import { PoliteClient } from "../../src/politeness/polite-client.ts";
import { createReaderFor } from "../../src/reader/reader-for.ts";
import { BookProcessor } from "../../src/scrape/book-processor.ts";
import { CatalogueProcessor } from "../../src/scrape/catalogue-processor.ts";
import { ChapterProcessor } from "../../src/scrape/chapter-processor.ts";
import type { Source } from "../../src/sources/schema.ts";
import { NarrateProcessor } from "../../src/speech/narrate-processor.ts";
import { stationOf } from "../../src/speech/station.ts";
import { toneEngine } from "../unit/speech/tone-engine.ts";
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
  const { queue, admin } = createMemoryPorts({ now, random: () => 0 });
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
      "scrape.catalogue": new CatalogueProcessor(deps).handler,
      "scrape.book": new BookProcessor("scrape.book", deps).handler,
      "scrape.book_range": new BookProcessor("scrape.book_range", deps).handler,
      "scrape.chapter": new ChapterProcessor(deps).handler,
      "narrate.chapter": new NarrateProcessor({ library, station: stationOf([toneEngine()]) }).handler,
    },
    card: { host: "test", pid: process.pid, version: "0.0.0" },
    concurrency: 4,
    log: silent,
    now,
    random: () => 0,
  });
  const work = async (): Promise<void> => {
    for (let round = 0; round < 5; round++) {
      await worker.idle();
      clock.ahead += HOUR_MS;
    }
    await worker.idle();
  };
  return {
    site,
    queue,
    admin,
    library,
    clock,
    worker,
    /** Works until nothing is left that is due within five hours. */
    work,
    /** Adds a task and works; answers how it ended. */
    async run<K extends TaskKind>(kind: K, payload: Payload<K>) {
      const [added] = await queue.add([{ kind, payload, lane: `host:${new URL(site.url).host}` }]);
      await work();
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
