import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { createPocketBaseQueue, startWorker } from "@chapterhouse/taskqueue";
import { connectTo } from "../store-address.ts";

// Works off what is there: `worker.ts ADDRESS CONCURRENCY TASK_MS`, until it is told to end.

const [address = "", concurrency = "", taskMs = ""] = process.argv.slice(2);
const connection = connectTo(address, "runner");
const worker = startWorker({
  queue: createPocketBaseQueue(connection),
  handlers: {
    "scrape.chapter": async (_payload, { signal }) => {
      await sleep(Number(taskMs) * (0.5 + Math.random()), undefined, { signal });
      return { type: "done" };
    },
  },
  card: { host: hostname(), pid: process.pid, version: "bench" },
  concurrency: Number(concurrency),
  log: { debug() {}, info() {}, warn() {}, error() {} },
});

const end = async (): Promise<void> => {
  await worker.stop();
  await connection.close();
  process.disconnect();
};
process.once("message", () => void end());
