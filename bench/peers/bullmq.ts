import { importPeer, type OpenSystem, PAYLOAD } from "./system.ts";

/** What is used of the package `bullmq`. */
interface BullMq {
  readonly Queue: new (
    name: string,
    options: object,
  ) => {
    add(name: string, data: object): Promise<unknown>;
    addBulk(jobs: readonly { readonly name: string; readonly data: object }[]): Promise<unknown>;
    getJobCounts(...states: readonly string[]): Promise<Record<string, number>>;
    close(): Promise<void>;
  };
  readonly Worker: new (
    name: string,
    handler: () => Promise<void>,
    options: object,
  ) => { waitUntilReady(): Promise<unknown>; close(): Promise<void>; on(event: "error", heard: () => void): unknown };
}

/** Finished jobs are removed, as its guide recommends for production. */
export const openBullMq: OpenSystem = async (url) => {
  const { Queue, Worker } = (await importPeer("bullmq")) as BullMq;
  const { hostname: host, port } = new URL(url);
  const connection = { host, port: Number(port) };
  const queue = new Queue("bench", { connection, defaultJobOptions: { removeOnComplete: true, removeOnFail: 1000 } });
  return {
    addOne: () => queue.add("noop", PAYLOAD),
    addMany: (count) => queue.addBulk(Array.from({ length: count }, () => ({ name: "noop", data: PAYLOAD }))),
    work: async (concurrency, onJob) => {
      const handler = () => {
        onJob();
        return Promise.resolve();
      };
      const worker = new Worker("bench", handler, { connection, concurrency });
      worker.on("error", console.error);
      await worker.waitUntilReady();
      return () => worker.close();
    },
    left: async () => {
      const counts = await queue.getJobCounts("waiting", "active", "delayed", "prioritized", "failed");
      return Object.values(counts).reduce((sum, count) => sum + count, 0);
    },
    close: () => queue.close(),
  };
};
