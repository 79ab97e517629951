import { hostname } from "node:os";
import { createPocketBaseQueue, startWorker, TaskEvents } from "@chapterhouse/taskqueue";
import { connectTo, heartOf } from "../store-address.ts";
import { type HolderReport, onOrder } from "./messages.ts";

// A runner at default settings whose handlers all wait: `holder.ts ADDRESS LEASES`. It says "held" when it has them.

const [address = "", leases = ""] = process.argv.slice(2);
const connection = connectTo(address, "runner");
const log = { debug() {}, info() {}, warn() {}, error() {} };
const events = new TaskEvents(log);
const over = Promise.withResolvers<void>();
let beatMs: number[] = [];
let [held, lost, failedBeats] = [0, 0, 0];

events.on("heartbeat:success", ({ ms }) => beatMs.push(ms));
events.on("heartbeat:error", () => {
  failedBeats += 1;
});
events.on("task:aborted", () => {
  lost += 1;
});

const worker = startWorker({
  queue: createPocketBaseQueue(connection),
  handlers: {
    "scrape.catalogue": async () => {
      held += 1;
      if (held === Number(leases)) process.send?.("held");
      await over.promise;
      return { type: "done" };
    },
  },
  heartbeats: heartOf(address),
  card: { host: hostname(), pid: process.pid, version: "bench" },
  concurrency: Number(leases),
  log,
  events,
});

const end = async (): Promise<void> => {
  // What happens while it ends is no part of it.
  const report: HolderReport = { beatMs, failedBeats, lost };
  over.resolve();
  await worker.idle();
  await worker.stop();
  await connection.close();
  process.send?.(report, () => process.disconnect());
};

onOrder({
  measure: () => {
    beatMs = [];
    failedBeats = 0;
  },
  end: () => void end(),
});
