import { hostname } from "node:os";
import { createPocketBaseQueue, type NewTask, startWorker, type TaskLogger } from "@chapterhouse/taskqueue";
import { connectTo } from "../store-address.ts";
import { type OpenSystem, PAYLOAD } from "./system.ts";

const TASK: NewTask<"scrape.book"> = { kind: "scrape.book", payload: PAYLOAD };
const silent: TaskLogger = { debug() {}, info() {}, warn() {}, error() {} };

/** The backend's account adds and the runner's works, as in the platform; both with default settings. */
export const openOurs: OpenSystem = (address) => {
  const [backend, runner] = [connectTo(address, "backend"), connectTo(address, "runner")];
  const adding = createPocketBaseQueue(backend);
  return Promise.resolve({
    addOne: () => adding.add([TASK]),
    addMany: (count) => adding.add(Array.from({ length: count }, () => TASK)),
    work: (concurrency, onJob) => {
      const worker = startWorker({
        queue: createPocketBaseQueue(runner),
        handlers: {
          "scrape.book": () => {
            onJob();
            return Promise.resolve({ type: "done" });
          },
        },
        card: { host: hostname(), pid: process.pid, version: "bench" },
        concurrency,
        log: silent,
      });
      return Promise.resolve(() => worker.stop());
    },
    left: async () => {
      const counts = Object.values(await adding.counts());
      return counts.reduce((sum, { pending, running }) => sum + pending + running, 0);
    },
    close: () => Promise.all([backend.close(), runner.close()]),
  });
};
