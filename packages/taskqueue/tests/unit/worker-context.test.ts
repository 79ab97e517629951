import { describe, expect, test } from "vitest";
import { type Child, createMemoryPorts, type TaskContext, type TaskLogger } from "../../src/index.ts";
import { addOne, book, chapters, done, findOne, silent, workOn } from "./worker-under-test.ts";

const logOf = async (ports: ReturnType<typeof createMemoryPorts>, id: string) =>
  (await ports.admin.readLog(id, { limit: 100 })).items.map(({ level, attempt, code, message }) => ({
    level,
    attempt,
    code,
    message,
  }));

describe("what a handler says", () => {
  test("its log stands in the task's, the failures of its attempts with their stack beside it", async () => {
    const ports = createMemoryPorts();
    const id = await addOne(ports.queue);
    await workOn(ports.queue, {
      "scrape.book": async (_, { log }) => {
        log.info({ chapters: 3 }, "list read");
        log.warn({ err: new Error("no cover") }, "cover left out");
        throw new Error("then it broke");
      },
    }).idle();
    expect((await logOf(ports, id)).toReversed()).toEqual([
      { level: "info", attempt: 1, code: null, message: 'list read {"chapters":3}' },
      { level: "warn", attempt: 1, code: null, message: 'cover left out {"err":"no cover"}' },
      { level: "error", attempt: 1, code: "INTERNAL", message: "then it broke" },
    ]);
    const [failure] = (await ports.admin.readLog(id, { limit: 1, failures: true })).items;
    expect(failure?.stack).toContain("worker-context.test.ts");
  });

  test("its process's log has the task's id, kind and attempt on each line", async () => {
    const lines: object[] = [];
    const log: TaskLogger = { ...silent, info: (facts, message) => lines.push({ ...facts, message }) };
    const { queue } = createMemoryPorts();
    const id = await addOne(queue);
    const handler = async (_: unknown, { logger }: TaskContext) => {
      logger.info({ page: 2 }, "read");
      return done;
    };
    await workOn(queue, { "scrape.book": handler }, { log }).idle();
    expect(lines).toEqual([{ task: id, kind: "scrape.book", attempt: 1, page: 2, message: "read" }]);
  });

  test("a checkpoint is there for the next attempt, as it was when it was given", async () => {
    const now = () => 1_000_000;
    const { queue } = createMemoryPorts({ now });
    const id = await addOne(queue);
    const seen: unknown[] = [];
    const policies = { "scrape.book": { retryDelaysMs: [0] } };
    await workOn(
      queue,
      {
        "scrape.book": async (_, { task, checkpoint }) => {
          seen.push(task.checkpoint);
          const state = { page: task.attempts };
          checkpoint(state);
          state.page = 99;
          if (task.attempts < 3) throw new Error("again");
          return done;
        },
      },
      { now, policies },
    ).idle();
    expect(seen).toEqual([null, { page: 1 }, { page: 2 }]);
    expect(await findOne(queue, id)).toMatchObject({ status: "done", checkpoint: null });
  });

  test("a checkpoint that is too large is refused at once", async () => {
    const { queue } = createMemoryPorts();
    const id = await addOne(queue);
    await workOn(queue, {
      "scrape.book": async (_, { checkpoint }) => {
        checkpoint("x".repeat(70_000));
        return done;
      },
    }).idle();
    expect(await findOne(queue, id)).toMatchObject({ status: "failed", error: { code: "BAD_REQUEST" } });
  });

  test("progress, checkpoint and log ride on a heartbeat while it runs", async () => {
    const ports = createMemoryPorts();
    const id = await addOne(ports.queue);
    const release = Promise.withResolvers<void>();
    const worker = workOn(ports.queue, {
      "scrape.book": async (_, { progress, checkpoint, log }) => {
        progress({ done: 1, total: 2, unit: "pages", message: "one" });
        checkpoint({ page: 1 });
        log.info({}, "first page");
        await release.promise;
        return done;
      },
    });
    await expect
      .poll(() => findOne(ports.queue, id), { timeout: 5000 })
      .toMatchObject({ status: "running", progress: { done: 1, message: "one" }, checkpoint: { page: 1 } });
    expect(await logOf(ports, id)).toMatchObject([{ message: "first page" }]);
    release.resolve();
    await worker.idle();
    // Heard already: the settlement does not say it again.
    expect(await logOf(ports, id)).toHaveLength(1);
  });
});

test("what a handler adds is its child only when it says so", async () => {
  const { queue } = createMemoryPorts();
  const id = await addOne(queue);
  const added: (string | null)[] = [];
  await workOn(
    queue,
    {
      "scrape.book": async (_, { addTask, addTasks, addChildren }) => {
        const [first, second, third] = chapters(3);
        if (!first || !second || !third) throw new Error("three chapters");
        added.push((await addTask(first)).task.parent);
        for (const { task } of await addTasks([second])) added.push(task.parent);
        for (const { task } of await addChildren([third])) added.push(task.parent);
        return { type: "wait" };
      },
      "narrate.chapter": async () => done,
    },
    { concurrency: 1 },
  ).idle();
  expect(added).toEqual([null, null, id]);
  expect(await findOne(queue, id)).toMatchObject({ status: "done", children: { total: 1, done: 1 } });
});

test("a handler sees its children in their order, a child its siblings", async () => {
  const { queue } = createMemoryPorts();
  await addOne(queue);
  const seen: Record<string, unknown> = {};
  const places = (children: readonly Child[]) => children.map(({ index, task }) => [index, task.payload["chapter"]]);
  await workOn(
    queue,
    {
      "scrape.book": async (_, { addChildren, children, siblings, task }) => {
        if (task.continuation) return done;
        await addChildren(chapters(3));
        seen["from the second"] = places(await children({ from: 1, limit: 1 }));
        seen["of nobody"] = await siblings();
        return { type: "wait", then: "run" };
      },
      "narrate.chapter": async ({ chapter }, { siblings }) => {
        seen[chapter] = places(await siblings()).length;
        return done;
      },
    },
    { concurrency: 1 },
  ).idle();
  expect(seen).toEqual({ "from the second": [[1, 2]], "of nobody": [], 1: 3, 2: 3, 3: 3 });
});

test("progress stays over a retry until there is new, and its rate begins anew", async () => {
  let time = 0;
  const { queue } = createMemoryPorts();
  const id = await addOne(queue);
  const seen: unknown[] = [];
  const pages = (count: number) => ({ done: count, total: 20, unit: "pages" });
  await workOn(
    queue,
    {
      "scrape.book": async (_, { task, progress }) => {
        seen.push(task.progress && [task.progress.done, task.progress.rate]);
        progress(pages(0));
        time += 2000;
        progress(pages(10));
        if (task.attempts === 1) throw new Error("again");
        time += 100;
        progress(pages(1));
        return done;
      },
    },
    { ticks: () => time, leaseMs: 1e9, policies: { "scrape.book": { retryDelaysMs: [0] } } },
  ).idle();
  expect(seen).toEqual([null, [10, 5]]);
  expect((await findOne(queue, id)).progress).toMatchObject({ done: 1, rate: null, eta: null });
});

test("the last attempt is told that it is", async () => {
  const { queue } = createMemoryPorts();
  await addOne(queue, { ...book, maxAttempts: 2 });
  const told: boolean[] = [];
  const handler = async (_: unknown, { lastAttempt }: TaskContext) => {
    told.push(lastAttempt);
    throw new Error("again");
  };
  await workOn(queue, { "scrape.book": handler }, { policies: { "scrape.book": { retryDelaysMs: [0] } } }).idle();
  expect(told).toEqual([false, true]);
});
