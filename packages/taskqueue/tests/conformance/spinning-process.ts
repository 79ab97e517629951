import { SERVICE_ACCOUNTS } from "@chapterhouse/domain";
import { connect } from "@chapterhouse/pocketbase";
import {
  createPocketBaseQueue,
  createThreadedHeart,
  startWorker,
  TaskEvents,
  type TaskLogger,
  type TaskQueue,
} from "../../src/index.ts";
import type { StartHeart } from "../../src/worker/heart.ts";

// A runner of its own for worker-heart.test.ts: does tasks until one keeps its thread busy, and ends.
const given = JSON.parse(process.argv[2] ?? "") as {
  readonly url: string;
  readonly password: string;
  readonly heart: "thread" | "same";
  readonly leaseMs: number;
  readonly spinMs: number;
};
const { url, password, heart, leaseMs, spinMs } = given;
const credentials = { email: SERVICE_ACCOUNTS.runner, password };
const connection = connect({ url, credentials });
const silent: TaskLogger = { debug() {}, info() {}, warn() {}, error() {} };
const events = new TaskEvents(silent);
const beating = new Promise((resolve) => {
  events.on("heartbeat:success", resolve);
});
/** Beats from its own thread alone, so that the first beat says that it is up, however long a busy machine takes. */
const threaded: StartHeart = (_, options) => {
  const heartbeat = () => Promise.reject(new Error("not from this thread"));
  return createThreadedHeart({ url, credentials })({ heartbeat } as Partial<TaskQueue> as TaskQueue, options);
};
const ran = Promise.withResolvers<void>();

const spin = (): void => {
  // oxlint-disable-next-line no-empty -- nothing else may run on this thread meanwhile
  for (const until = performance.now() + spinMs; performance.now() < until;) {}
  ran.resolve();
};
const FAST = 10;
let narrated = 0;

const worker = startWorker({
  queue: createPocketBaseQueue(connection),
  handlers: {
    "scrape.book": async () => {
      spin();
      return { type: "done" };
    },
    // Fast at first, so that more is claimed than it comes to.
    "narrate.chapter": async () => {
      if ((narrated += 1) > FAST) spin();
      return { type: "done" };
    },
  },
  events,
  // Asked before each claim: none comes before the heart beats.
  forbiddenFlags: async () => {
    await beating;
    return [];
  },
  ...(heart === "thread" && { heartbeats: threaded }),
  card: { host: "spinning", pid: process.pid, version: "0" },
  concurrency: 1,
  leaseMs,
  heartbeatMs: leaseMs / 5,
  reapMs: 3_600_000,
  prefetchTtlMs: 200,
  log: silent,
});
await ran.promise;
await worker.stop();
await connection.close();
