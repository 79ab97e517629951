import { importPeer, type OpenSystem, PAYLOAD } from "./system.ts";

/** What is used of the package `pg-boss`. */
interface PgBossPackage {
  readonly PgBoss: new (options: object) => {
    on(event: "error", heard: (error: unknown) => void): unknown;
    start(): Promise<unknown>;
    stop(options: object): Promise<void>;
    createQueue(name: string, options: object): Promise<unknown>;
    send(name: string, data: object): Promise<unknown>;
    insert(name: string, jobs: readonly { readonly data: object }[]): Promise<unknown>;
    work(name: string, options: object, handler: (jobs: readonly unknown[]) => Promise<void>): Promise<string>;
    offWork(name: string, options: object): Promise<void>;
    getDb(): { executeSql(sql: string): Promise<{ readonly rows: readonly { readonly count: string }[] }> };
  };
}

/**
 * Batches of as many jobs as the others run at once, the next fetched at once while they are full, its shortest poll
 * otherwise. With `useListenNotify` an added job wakes the worker; adding costs more then.
 */
const open = async (url: string, useListenNotify: boolean) => {
  const { PgBoss } = (await importPeer("pg-boss")) as PgBossPackage;
  const boss = new PgBoss({ connectionString: url, useListenNotify });
  boss.on("error", console.error);
  await boss.start();
  await boss.createQueue("bench", { notify: useListenNotify });
  return {
    addOne: () => boss.send("bench", PAYLOAD),
    addMany: (count: number) =>
      boss.insert(
        "bench",
        Array.from({ length: count }, () => ({ data: PAYLOAD })),
      ),
    work: async (concurrency: number, onJob: () => void) => {
      const options = { batchSize: concurrency, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 };
      await boss.work("bench", options, (jobs) => {
        for (const _ of jobs) onJob();
        return Promise.resolve();
      });
      return () => boss.offWork("bench", { wait: true });
    },
    left: async () => {
      const { rows } = await boss.getDb().executeSql("SELECT count(*) FROM pgboss.job WHERE state < 'completed'");
      return Number(rows[0]?.count);
    },
    close: () => boss.stop({ graceful: false }),
  };
};

export const openPgBoss: OpenSystem = (url) => open(url, false);
export const openPgBossNotified: OpenSystem = (url) => open(url, true);
