import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { createPocketBaseQueue, type NewTask, startWorker } from "@chapterhouse/taskqueue";
import { connectTo } from "../store-address.ts";
import { type LoadReport, onOrder } from "./messages.ts";

// Adds and works off as fast as the store takes it: `write-load.ts ADDRESS`. One adder brings 500 a call, ten bring one
// at a time; a worker of concurrency 100 runs them.

const [address = ""] = process.argv.slice(2);
const connections = [connectTo(address, "backend"), connectTo(address, "runner")] as const;
const adding = createPocketBaseQueue(connections[0]);
const TASK: NewTask<"scrape.book"> = {
  kind: "scrape.book",
  payload: { url: `http://bench.example/book?${"x".repeat(164)}` },
};
const BULK = 500;
const SINGLE_ADDERS = 10;
/** Bulk adding slows down when the worker is this far behind: else the bench measures a backlog that grows for ever. */
const MOST_WAITING = 20_000;

const over = new AbortController();
const count = { added: 0, processed: 0, waiting: 0, from: performance.now() };

const adder = async (size: number): Promise<void> => {
  const tasks = Array.from({ length: size }, () => TASK);
  while (!over.signal.aborted) {
    await adding.add(tasks);
    count.added += size;
    count.waiting += size;
    if (size > 1 && count.waiting > MOST_WAITING) await sleep(50);
  }
};

const worker = startWorker({
  queue: createPocketBaseQueue(connections[1]),
  handlers: {
    "scrape.book": () => {
      count.processed += 1;
      count.waiting -= 1;
      return Promise.resolve({ type: "done" });
    },
  },
  card: { host: hostname(), pid: process.pid, version: "bench" },
  concurrency: 100,
  log: { debug() {}, info() {}, warn() {}, error() {} },
});
const adders = Promise.all([adder(BULK), ...Array.from({ length: SINGLE_ADDERS }, () => adder(1))]);

const end = async (): Promise<void> => {
  const seconds = (performance.now() - count.from) / 1000;
  const report: LoadReport = { addedPerS: count.added / seconds, processedPerS: count.processed / seconds };
  over.abort();
  await adders;
  await worker.stop();
  await Promise.all(connections.map((connection) => connection.close()));
  process.send?.(report, () => process.disconnect());
};

onOrder({
  measure: () => {
    Object.assign(count, { added: 0, processed: 0, from: performance.now() });
  },
  end: () => void end(),
});
