import { hostname } from "node:os";
import { createPocketBaseQueue, startWorker } from "@chapterhouse/taskqueue";
import { connectTo, heartOf } from "../store-address.ts";

// A runner whose one handler keeps its thread busy, deaf to everything, for a time: `spinner.ts ADDRESS MS`.

const [address = "", spinMs = ""] = process.argv.slice(2);
const connection = connectTo(address, "runner");
const over = Promise.withResolvers<void>();

const worker = startWorker({
  queue: createPocketBaseQueue(connection),
  handlers: {
    "scrape.book_range": () => {
      const until = performance.now() + Number(spinMs);
      while (performance.now() < until);
      over.resolve();
      return Promise.resolve({ type: "done" });
    },
  },
  heartbeats: heartOf(address),
  card: { host: hostname(), pid: process.pid, version: "bench" },
  concurrency: 1,
  log: console,
});
await over.promise;
await worker.idle();
await worker.stop();
await connection.close();
process.disconnect();
