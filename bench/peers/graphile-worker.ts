import { importPeer, type OpenSystem, PAYLOAD } from "./system.ts";

interface PgPool {
  query(sql: string): Promise<{ readonly rows: readonly { readonly count: string }[] }>;
  on(event: "error" | "connect", heard: (subject: { on(event: "error", heard: () => void): unknown }) => void): unknown;
  end(): Promise<void>;
}

/** What is used of the package `pg`. */
interface Pg {
  readonly default: { readonly Pool: new (options: object) => PgPool };
}

/** What is used of the package `graphile-worker`. */
interface GraphileWorker {
  readonly makeWorkerUtils: (options: object) => Promise<{
    migrate(): Promise<void>;
    addJob(identifier: string, payload: object): Promise<unknown>;
    addJobs(specs: readonly { readonly identifier: string; readonly payload: object }[]): Promise<unknown>;
    release(): Promise<void>;
  }>;
  readonly run: (options: object) => Promise<{ stop(): Promise<void> }>;
  readonly Logger: new (factory: () => () => void) => unknown;
}

/** The settings of the fastest run that its performance page reports. */
const TUNED = { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };
const TUNED_POOL = 25;
/** Its default. */
const POOL = 10;

const open = async (url: string, isTuned: boolean) => {
  const { makeWorkerUtils, run, Logger } = (await importPeer("graphile-worker")) as GraphileWorker;
  const { Pool } = ((await importPeer("pg")) as Pg).default;
  const pgPool = new Pool({ connectionString: url, max: isTuned ? TUNED_POOL : POOL });
  // It asks for these; what goes wrong is told by the calls.
  pgPool.on("error", () => {});
  pgPool.on("connect", (client) => client.on("error", () => {}));
  const logger = new Logger(() => () => {});
  const utils = await makeWorkerUtils({ pgPool, logger });
  await utils.migrate();
  return {
    addOne: () => utils.addJob("noop", PAYLOAD),
    addMany: (count: number) =>
      utils.addJobs(Array.from({ length: count }, () => ({ identifier: "noop", payload: PAYLOAD }))),
    work: async (concurrency: number, onJob: () => void) => {
      const runner = await run({
        pgPool,
        logger,
        concurrency,
        noHandleSignals: true,
        taskList: {
          noop: () => {
            onJob();
          },
        },
        preset: { worker: isTuned ? TUNED : {} },
      });
      return () => runner.stop();
    },
    left: async () => {
      const { rows } = await pgPool.query("SELECT count(*) FROM graphile_worker.jobs");
      return Number(rows[0]?.count);
    },
    close: async () => {
      await utils.release();
      await pgPool.end();
    },
  };
};

export const openGraphile: OpenSystem = (url) => open(url, false);
export const openGraphileTuned: OpenSystem = (url) => open(url, true);
