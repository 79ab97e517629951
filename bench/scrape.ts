// What scraping costs when no site has to be waited for: a site of generated chapters on loopback, a temporary
// PocketBase, one real runner process with no gap between requests. Figures: docs/benchmarks.md.
//   node bench/scrape.ts [--chapters N] [--json]
import { once } from "node:events";
import { parseArgs } from "node:util";
import { isTerminal, type Task } from "@chapterhouse/domain";
import { startTemporaryStore } from "@chapterhouse/pocketbase";
import { createPocketBaseQueue, createProducer, type TaskQueue } from "@chapterhouse/taskqueue";
import { measureReaders } from "./scrape/measure-readers.ts";
import { startBookSite } from "./scrape/book-site.ts";
import { report } from "./report.ts";
import { startRunner } from "./start-runner.ts";

const { values } = parseArgs({ options: { chapters: { type: "string", default: "500" }, json: { type: "boolean" } } });
const chapters = Number(values.chapters);

/** Adds the book's task and waits for its end; answers with the seconds it took. */
const scrape = async (queue: TaskQueue, url: string): Promise<{ task: Task; seconds: number }> => {
  const startedAt = performance.now();
  const added = await createProducer(queue, { minGapMs: 0 }).createScrapeTask("book", url, 0, 0);
  for (;;) {
    const [task] = await queue.find([added.task.id]);
    if (task && isTerminal(task.status)) return { task, seconds: (performance.now() - startedAt) / 1000 };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

const site = await startBookSite(chapters);
const readers = measureReaders(site.pages);
await using store = await startTemporaryStore();
const { process: runner } = await startRunner(store, site.hosts);
const queue = createPocketBaseQueue(store.backend);
const first = await scrape(queue, site.book);
const requests = site.requests();
const second = await scrape(queue, site.book);
const again = site.requests() - requests;
runner.kill("SIGTERM");
await once(runner, "exit");
await site.close();
if (first.task.status !== "done" || second.task.status !== "done") throw new Error("the book was not scraped");

report("scrape", [
  { name: "chapters", value: chapters, unit: "chapters", note: `${site.words} words each` },
  {
    name: "chapters_per_s",
    value: chapters / first.seconds,
    unit: "/s",
    note: "one runner, one site, no gap: fetch, read, clean, publish",
  },
  { name: "book_s", value: first.seconds, unit: "s", note: "from the task added to the book complete" },
  {
    name: "read_source_ms",
    value: readers.source,
    unit: "ms",
    note: "one chapter parsed, read by a source and cleaned; median",
  },
  { name: "read_fallback_ms", value: readers.fallback, unit: "ms", note: "the same by the fallback" },
  { name: "requests_first", value: requests, unit: "requests", note: "book, lists, cover, robots.txt and chapters" },
  { name: "requests_again", value: again, unit: "requests", note: "a second run: book and lists alone" },
  { name: "again_s", value: second.seconds, unit: "s", note: "that second run" },
]);
