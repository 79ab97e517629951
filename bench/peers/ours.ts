import { hostname } from "node:os";
import { SERVICE_ACCOUNTS } from "@chapterhouse/domain";
import { connect } from "@chapterhouse/pocketbase";
import { createPocketBaseQueue, type NewTask, startWorker, type TaskLogger } from "@chapterhouse/taskqueue";
import { type OpenSystem, PAYLOAD } from "./system.ts";

const TASK: NewTask<"scrape.book"> = { kind: "scrape.book", payload: PAYLOAD };
const silent: TaskLogger = { debug() {}, info() {}, warn() {}, error() {} };

/** The address of a store of ours, both passwords in it. */
export const storeUrl = (url: string, passwords: Readonly<Record<"backend" | "runner", string>>): string =>
  `${url}#${new URLSearchParams(passwords).toString()}`;

/** The backend's account adds and the runner's works, as in the platform; both with default settings. */
export const openOurs: OpenSystem = (url) => {
  const { origin, hash } = new URL(url);
  const passwords = new URLSearchParams(hash.slice(1));
  const connection = (role: "backend" | "runner") =>
    connect({ url: origin, credentials: { email: SERVICE_ACCOUNTS[role], password: passwords.get(role) ?? "" } });
  const [backend, runner] = [connection("backend"), connection("runner")];
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
