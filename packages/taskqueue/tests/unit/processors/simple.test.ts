import { ChapterhouseError, type ErrorCode, type ProgressReport } from "@chapterhouse/domain";
import { beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import {
  BaseSimpleProcessor,
  createMemoryPorts,
  defineKind,
  type Failure,
  type PayloadOf,
  type Result,
  type TaskContext,
} from "../../../src/index.ts";
import { exponentialDelay } from "../../../src/processors/exponential-delay.ts";
import { addOne, aborted, done, findOne, silent, workOn } from "../worker-under-test.ts";

const mail = z.object({ to: z.string() });
type Mail = PayloadOf<typeof mail>;

/** It tells what is called, in its order. */
class SendMail extends BaseSimpleProcessor<typeof mail> {
  readonly kind = "send.mail";
  readonly payload = mail;
  readonly calls: unknown[] = [];
  doing: (context: TaskContext) => Promise<Result> = async () => ({ sent: true });
  existing: object | null = null;

  async process({ to }: Mail, context: TaskContext) {
    this.calls.push(`process ${to}`);
    return this.doing(context);
  }
  override async findExisting() {
    this.calls.push("findExisting");
    return this.existing;
  }
  override onActive({ to }: Mail) {
    this.calls.push(`onActive ${to}`);
  }
  override onCompleted(result: object, { to }: Mail) {
    this.calls.push([`onCompleted ${to}`, result]);
  }
  override onFailed({ error, isLast }: Failure, { to }: Mail) {
    this.calls.push([`onFailed ${to}`, error.code, isLast]);
  }
  override onProgress({ done }: ProgressReport) {
    this.calls.push(`onProgress ${done}`);
  }
}

const task = { kind: "send.mail", payload: { to: "ann" } };
let time: number;
let ports: ReturnType<typeof createMemoryPorts>;
let processor: SendMail;
beforeEach(() => {
  time = Date.parse("2026-01-01T00:00:00Z");
  ports = createMemoryPorts({ now: () => time });
  processor = new SendMail();
});

const run = async (more: Partial<Parameters<typeof workOn>[2]> = {}) => {
  const worker = workOn(ports.queue, {}, { defined: processor.toKinds(), now: () => time, ...more });
  await worker.idle();
  await worker.stop();
};

describe("the hooks", () => {
  test("of a success, in their order", async () => {
    processor.doing = async ({ progress }) => {
      progress({ done: 1, total: 2, unit: "mails" });
      return { sent: true };
    };
    const id = await addOne(ports.queue, task);
    await run();
    expect(await findOne(ports.queue, id)).toMatchObject({ status: "done", result: { sent: true } });
    const completed = ["onCompleted ann", { sent: true }];
    expect(processor.calls).toEqual(["onActive ann", "findExisting", "process ann", "onProgress 1", completed]);
  });

  test("of failures: each attempt begins and fails, the last is told to be the last", async () => {
    processor.doing = () => Promise.reject(new Error("no connection"));
    const id = await addOne(ports.queue, { ...task, maxAttempts: 3 });
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await run();
      const { status, runAt } = await findOne(ports.queue, id);
      if (status === "pending") waits.push(Date.parse(runAt) - time);
      time = Date.parse(runAt);
    }
    expect(waits).toEqual([2000, 4000]);
    const failed = (isLast: boolean) => ["onFailed ann", "INTERNAL", isLast];
    const attempt = ["onActive ann", "findExisting", "process ann"];
    expect(processor.calls).toEqual([...attempt, failed(false), ...attempt, failed(false), ...attempt, failed(true)]);
    expect((await findOne(ports.queue, id)).status).toBe("failed");
  });

  test.each([
    ["a list", [1]],
    ["a number", 7],
  ])("of a result that is %s: it failed, and was never completed", async (_, result) => {
    processor.doing = async () => result as object;
    const id = await addOne(ports.queue, { ...task, maxAttempts: 1 });
    await run();
    const error = { code: "INTERNAL", message: "The result of send.mail is no object" };
    expect(await findOne(ports.queue, id)).toMatchObject({ status: "failed", error, result: null });
    expect(processor.calls.at(-1)).toEqual(["onFailed ann", "INTERNAL", true]);
    expect(processor.calls).toHaveLength(4);
  });

  test.each<[string, ErrorCode, readonly boolean[]]>([
    ["is of no use to try again: the last", "BAD_URL", [true]],
    ["is tried again: not the last", "UPSTREAM_ERROR", [false]],
    ["is put off: none", "RATE_LIMITED", []],
    ["has lost its lease: none", "LEASE_LOST", []],
  ])("of a failure that %s", async (_, code, told) => {
    processor.doing = () => Promise.reject(new ChapterhouseError(code, "no"));
    await addOne(ports.queue, { ...task, maxAttempts: 3 });
    await run();
    expect(processor.calls.slice(3)).toEqual(told.map((isLast) => ["onFailed ann", code, isLast]));
  });

  test("of a time limit: a failure; of a cancellation: none", async () => {
    processor.doing = async ({ task, signal }) => {
      if (task.payload["to"] === "bob") await ports.queue.cancel([task.id]);
      await aborted(signal);
      throw signal.reason;
    };
    const defined = processor.toKinds().map((kind) => ({ ...kind, timeLimitMs: 50 }));
    await addOne(ports.queue, { ...task, maxAttempts: 1 });
    const cancelled = await addOne(ports.queue, { ...task, payload: { to: "bob" } });
    await run({ defined });
    expect((await findOne(ports.queue, cancelled)).status).toBe("cancelled");
    expect(processor.calls.filter((call) => Array.isArray(call))).toEqual([["onFailed ann", "TIME_LIMIT", true]]);
  });

  test("one that throws is logged and harms nothing", async () => {
    const complain = () => {
      throw new Error("a defect of the hook");
    };
    Object.assign(processor, { onActive: complain, onProgress: complain, onCompleted: complain });
    processor.doing = async ({ progress }) => progress({ done: 1, total: null, unit: "mails" });
    const lines: unknown[] = [];
    const id = await addOne(ports.queue, task);
    await run({
      log: { ...silent, error: (facts, message) => lines.push([message, (facts as { hook: string }).hook]) },
    });
    expect((await findOne(ports.queue, id)).status).toBe("done");
    expect(lines).toEqual(["onActive", "onProgress", "onCompleted"].map((hook) => ["a hook threw", hook]));
    expect((await ports.admin.readLog(id, { limit: 10 })).items).toHaveLength(3);
  });
});

test("what is there already is the result, and nothing is done", async () => {
  processor.existing = { sent: "yesterday" };
  const id = await addOne(ports.queue, task);
  await run();
  expect(await findOne(ports.queue, id)).toMatchObject({ status: "done", result: { sent: "yesterday" } });
  expect(processor.calls).not.toContain("process ann");
});

test("one that is put off or waits says so, and is not completed before it is called once more", async () => {
  class Careful extends SendMail {
    override async process(payload: Mail, context: TaskContext) {
      this.calls.push("process");
      if (time === Date.parse("2026-01-01T00:00:00Z")) return this.later(time + 1000, "too early");
      if (context.task.continuation) return { sent: true };
      await context.addChildren([{ kind: "count", payload: {} }]);
      return this.wait({ result: { counting: true }, then: "run" });
    }
  }
  processor = new Careful();
  const count = defineKind({ kind: "count", title: "Count", payload: z.object({}), handler: async () => done });
  const id = await addOne(ports.queue, task);
  await run();
  expect(await findOne(ports.queue, id)).toMatchObject({ status: "pending", attempts: 0, waitingFor: "too early" });
  time += 1000;
  await run();
  expect(await findOne(ports.queue, id)).toMatchObject({ status: "waiting", result: { counting: true } });
  expect(processor.calls).toHaveLength(6);
  await run({ defined: [...processor.toKinds(), count] });
  expect(await findOne(ports.queue, id)).toMatchObject({ status: "done", result: { sent: true } });
  // The rest of the same attempt.
  expect(processor.calls.slice(6)).toEqual(["process", ["onCompleted ann", { sent: true }]]);
});

test("its definition has its limits", () => {
  const [kind] = processor.toKinds();
  expect(kind?.definition).toMatchObject({ kind: "send.mail", title: "send.mail", defaults: { maxAttempts: 3 } });
});

test("delays double from two seconds, an hour at most", () => {
  expect([1, 2, 3, 4, 12, 13, 1e6].map(exponentialDelay(2000))).toEqual([
    2000, 4000, 8000, 16_000, 3_600_000, 3_600_000, 3_600_000,
  ]);
});
