import { DatabaseSync } from "node:sqlite";
import { ChapterhouseError, type Outcome, SERVICE_ACCOUNTS } from "@chapterhouse/domain";
import { type Connection, connect, startTemporaryStore, type TemporaryStore } from "@chapterhouse/pocketbase";
import {
  createPocketBasePorts,
  defineKind,
  startWorker,
  type TaskContext,
  type TaskLogger,
  type Worker,
  type WorkerOptions,
} from "@chapterhouse/taskqueue";
import { expect, test } from "vitest";
import { z } from "zod";
import { limitFiles } from "../../chaos/faults.ts";
import { Proxy } from "../../chaos/proxy.ts";
import { databaseOf } from "../../chaos/witness.ts";

const HOUR_MS = 3_600_000;
const PACE = { leaseMs: 2000, heartbeatMs: 400, reapMs: 400, pollMs: 100 };
const KIND = "fault.work";

const quiet: TaskLogger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const done: Outcome = { type: "done", result: { by: "a worker" } };

/** A store and a worker on it. What it was given to do is `handler`. */
const startScene = async (
  handler: (context: TaskContext) => Promise<Outcome>,
  { url, ...options }: Partial<WorkerOptions> & { readonly url?: (store: TemporaryStore) => Promise<string> } = {},
) => {
  const store = await startTemporaryStore();
  const connection: Connection = connect({
    url: (await url?.(store)) ?? store.url,
    credentials: { email: SERVICE_ACCOUNTS.runner, password: store.passwords.runner },
    timeoutMs: 1000,
  });
  const { queue } = createPocketBasePorts(connection);
  const start = (more: Partial<WorkerOptions> = {}): Worker =>
    startWorker({
      queue,
      defined: [
        defineKind({ kind: KIND, title: KIND, payload: z.object({}), handler: (_, context) => handler(context) }),
      ],
      card: { host: "faults", pid: process.pid, version: "0" },
      concurrency: 2,
      log: quiet,
      ...PACE,
      ...options,
      ...more,
    });
  const { queue: backend, admin } = createPocketBasePorts(store.backend);
  const add = async (): Promise<string> => (await backend.add([{ kind: KIND, payload: {} }]))[0]?.task.id ?? "";
  const read = async (id: string) => {
    const [task] = await backend.find([id]);
    if (!task) throw new Error(`task ${id} is lost`);
    return task;
  };
  return {
    store,
    queue,
    admin,
    start,
    add,
    read,
    close: async (...workers: Worker[]) => {
      for (const worker of workers) await worker.stop();
      await connection.close();
      await store.stop();
    },
  };
};

const leaseEnd = (store: TemporaryStore, id: string): number => {
  const database = new DatabaseSync(databaseOf(store.folder), { readOnly: true });
  const row = database.prepare("SELECT lease_until FROM tasks WHERE id = ?").get(id);
  database.close();
  return Number(row?.["lease_until"]);
};

test("a connection goes silent and is not closed: the handler is stopped while its lease still holds, and the work goes on", async () => {
  let proxy: Proxy | undefined;
  const runs: { readonly started: PromiseWithResolvers<string>; readonly stoppedAt: PromiseWithResolvers<number> }[] = [
    { started: Promise.withResolvers(), stoppedAt: Promise.withResolvers() },
  ];
  let isFirst = true;
  const scene = await startScene(
    async ({ task, signal }) => {
      if (!isFirst) return done;
      isFirst = false;
      runs[0]?.started.resolve(task.id);
      await new Promise((stopped) => {
        signal.addEventListener("abort", stopped);
      });
      runs[0]?.stoppedAt.resolve(Date.now());
      throw signal.reason;
    },
    {
      url: async (store) => {
        const { hostname, port } = new URL(store.url);
        proxy = await Proxy.start({ host: hostname, port: Number(port) });
        return proxy.url;
      },
    },
  );
  const worker = scene.start();
  const id = await scene.add();
  await runs[0]?.started.promise;
  proxy?.silence();
  const stoppedAt = (await runs[0]?.stoppedAt.promise) ?? 0;
  expect(stoppedAt).toBeLessThan(leaseEnd(scene.store, id));
  proxy?.hear();
  await worker.idle();
  expect(await scene.read(id)).toMatchObject({ status: "done", attempts: 1, lease: 2 });
  await scene.close(worker);
  await proxy?.stop();
});

test.each([
  { clock: "ahead", skewMs: HOUR_MS },
  { clock: "behind", skewMs: -HOUR_MS },
])("a runner whose clock is an hour $clock keeps its leases, and puts nothing off by that hour", async ({ skewMs }) => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const started = Promise.withResolvers<void>();
  let run = 0;
  const scene = await startScene(
    async ({ signal }) => {
      run += 1;
      if (run === 1) throw new ChapterhouseError("RATE_LIMITED", "HTTP 429", { details: { retryAfterMs: 0 } });
      if (run === 2) return { type: "fail", error: { code: "X", message: "", details: {} }, retryDelaysMs: [0] };
      started.resolve();
      await Promise.race([
        gates[0]?.promise,
        new Promise((_, stopped) => {
          signal.addEventListener("abort", () => stopped(signal.reason));
        }),
      ]);
      return done;
    },
    { now: () => Date.now() + skewMs },
  );
  const worker = scene.start();
  const id = await scene.add();
  // The first attempt puts it off by nothing, the second fails and is tried again at once.
  let task = await scene.read(id);
  while (task.lease < 1 || (task.lease === 1 && task.status === "running")) task = await scene.read(id);
  expect(Date.parse(task.runAt)).toBeLessThan(Date.now() + HOUR_MS / 2);
  await started.promise;
  const first = leaseEnd(scene.store, id);
  // Two leases later it still is this worker's: the end of the lease has moved, and nobody took it back.
  while (leaseEnd(scene.store, id) < first + 2 * PACE.leaseMs) await scene.read(id);
  expect(await scene.read(id)).toMatchObject({ status: "running", lease: 3, crashes: 0 });

  await worker.stop({ graceMs: 100 });
  const given = await scene.read(id);
  expect(given).toMatchObject({ status: "pending", attempts: 1, crashes: 0 });
  expect(Date.parse(given.runAt)).toBeLessThanOrEqual(Date.now());

  gates[0]?.resolve();
  const next = scene.start();
  await next.idle();
  expect(await scene.read(id)).toMatchObject({ status: "done", lease: 4, attempts: 2 });
  await scene.close(next);
});

test("a full disk: what cannot be stored is said so, what was acknowledged stays, and what was finished meanwhile is stored after", async () => {
  const started = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const scene = await startScene(
    async () => {
      started.resolve();
      await gate.promise;
      return done;
    },
    { leaseMs: 20_000 },
  );
  const worker = scene.start();
  const id = await scene.add();
  await started.promise;

  await limitFiles(scene.store.pid, "0");
  await expect(scene.add()).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
  gate.resolve();
  // The finished handler cannot be settled: the task is there, and still this worker's.
  expect(await scene.read(id)).toMatchObject({ status: "running", lease: 1 });
  await expect(scene.queue.settle([{ taskId: id, lease: 1, outcome: done }])).rejects.toMatchObject({
    code: "STORE_UNREACHABLE",
  });
  await limitFiles(scene.store.pid, "unlimited");

  await worker.idle();
  expect(await scene.read(id)).toMatchObject({ status: "done", lease: 1, result: { by: "a worker" } });
  expect((await scene.queue.counts())[KIND]).toMatchObject({ pending: 0, running: 0, done: 1, failed: 0 });
  await scene.close(worker);
});
