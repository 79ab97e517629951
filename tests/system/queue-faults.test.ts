import { DatabaseSync } from "node:sqlite";
import { ChapterhouseError, type Outcome, SERVICE_ACCOUNTS, type Task } from "@chapterhouse/domain";
import { connect, startTemporaryStore } from "@chapterhouse/pocketbase";
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
import { canLimitFiles, limitFiles } from "../../chaos/faults.ts";
import { Proxy } from "../../chaos/proxy.ts";
import { databaseOf } from "../../chaos/witness.ts";

const HOUR_MS = 3_600_000;
const PACE = { leaseMs: 3000, heartbeatMs: 300, reapMs: 400, pollMs: 100 };
const KIND = "fault.work";

const quiet: TaskLogger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const done: Outcome = { type: "done", result: { by: "a worker" } };

/** Rejects with the signal's reason once it is aborted. */
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, stopped) => {
    signal.addEventListener("abort", () => stopped(signal.reason));
  });

/** A store behind a proxy, and workers on it that do `handler`. */
const startScene = async (
  handler: (context: TaskContext) => Promise<Outcome>,
  options: Partial<WorkerOptions> = {},
) => {
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await startTemporaryStore());
  const { hostname, port } = new URL(store.url);
  const proxy = await Proxy.start({ host: hostname, port: Number(port) });
  opened.defer(() => proxy.stop());
  const connection = connect({
    url: proxy.url,
    credentials: { email: SERVICE_ACCOUNTS.runner, password: store.passwords.runner },
    timeoutMs: 1000,
  });
  opened.defer(() => connection.close());
  const { queue } = createPocketBasePorts(connection);
  const backend = createPocketBasePorts(store.backend).queue;
  const kind = defineKind({
    kind: KIND,
    title: KIND,
    payload: z.object({}),
    handler: (_, context) => handler(context),
  });
  const closing = opened.move();
  return {
    store,
    proxy,
    queue,
    backend,
    start: (): Worker => {
      const card = { host: "faults", pid: process.pid, version: "0" };
      const worker = startWorker({ queue, defined: [kind], card, concurrency: 2, log: quiet, ...PACE, ...options });
      closing.defer(() => worker.stop());
      return worker;
    },
    add: async (): Promise<string> => (await backend.add([{ kind: KIND, payload: {} }]))[0]?.task.id ?? "",
    read: async (id: string): Promise<Task> => {
      const [task] = await backend.find([id]);
      if (!task) throw new Error(`task ${id} is lost`);
      return task;
    },
    /** When the task's lease ends, by the queue's clock; ms since the epoch. */
    leaseEnd: (id: string): number => {
      const database = new DatabaseSync(databaseOf(store.folder), { readOnly: true });
      const row = database.prepare("SELECT lease_until FROM tasks WHERE id = ?").get(id);
      database.close();
      return Number(row?.["lease_until"]);
    },
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
};

test("a connection goes silent and is not closed: the handler is stopped while its lease still holds, and the work goes on", async () => {
  const started = Promise.withResolvers<void>();
  const stoppedAt = Promise.withResolvers<number>();
  await using scene = await startScene(async ({ task, signal }) => {
    if (task.lease > 1) return done;
    started.resolve();
    return aborted(signal).finally(() => stoppedAt.resolve(Date.now()));
  });
  const worker = scene.start();
  const id = await scene.add();
  await started.promise;
  scene.proxy.silence();
  expect(await stoppedAt.promise).toBeLessThan(scene.leaseEnd(id));

  scene.proxy.hear();
  await worker.idle();
  expect(await scene.read(id)).toMatchObject({ status: "done", attempts: 1, lease: 2 });
});

test.each([
  { clock: "ahead", skewMs: HOUR_MS },
  { clock: "behind", skewMs: -HOUR_MS },
])("a runner whose clock is an hour $clock keeps its leases, and puts nothing off by that hour", async ({ skewMs }) => {
  const gate = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  await using scene = await startScene(
    async ({ task, signal }) => {
      if (task.lease === 1) throw new ChapterhouseError("RATE_LIMITED", "HTTP 429", { details: { retryAfterMs: 0 } });
      if (task.lease === 2) {
        return { type: "fail", error: { code: "INTERNAL", message: "", details: {} }, retryDelaysMs: [0] };
      }
      started.resolve();
      await Promise.race([gate.promise, aborted(signal)]);
      return done;
    },
    { now: () => Date.now() + skewMs },
  );
  const worker = scene.start();
  const id = await scene.add();
  // The first attempt puts it off by nothing, the second fails and is tried again at once.
  let task = await scene.read(id);
  while (task.lease < 1 || (task.lease === 1 && task.status === "running")) task = await scene.read(id);
  expect(Math.abs(Date.parse(task.runAt) - Date.now())).toBeLessThan(HOUR_MS / 2);
  await started.promise;
  const first = scene.leaseEnd(id);
  // A lease later it still is this worker's: the end of the lease has moved, and nobody took it back.
  while (scene.leaseEnd(id) < first + PACE.leaseMs) task = await scene.read(id);
  expect(task).toMatchObject({ status: "running", lease: 3, crashes: 0 });

  await worker.stop({ graceMs: 100 });
  const given = await scene.read(id);
  expect(given).toMatchObject({ status: "pending", attempts: 1, crashes: 0 });
  expect(Date.parse(given.runAt)).toBeLessThanOrEqual(Date.now());

  gate.resolve();
  await scene.start().idle();
  expect(await scene.read(id)).toMatchObject({ status: "done", lease: 4, attempts: 2 });
});

test.runIf(canLimitFiles())(
  "a full disk: what cannot be stored is said so, what was acknowledged stays, and what was finished meanwhile is stored after",
  async () => {
    const started = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    await using scene = await startScene(
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
    // What the handler did cannot be settled: the task is there, and still this worker's.
    const settled = scene.queue.settle([{ taskId: id, lease: 1, outcome: done }]);
    await expect(settled).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
    expect(await scene.read(id)).toMatchObject({ status: "running", lease: 1 });
    await limitFiles(scene.store.pid, "unlimited");

    await worker.idle();
    expect(await scene.read(id)).toMatchObject({ status: "done", lease: 1, result: { by: "a worker" } });
    expect((await scene.backend.counts())[KIND]).toMatchObject({ pending: 0, running: 0, done: 1, failed: 0 });
  },
);
