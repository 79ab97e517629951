import { ChapterhouseError } from "@chapterhouse/domain";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { createMemoryQueue, defineKind, startWorker, type TaskHandler, type TaskList } from "../../src/index.ts";
import { aborted, addOne, book, done, endless, findOne, silent, workOn } from "./worker-under-test.ts";

const refuse: TaskHandler = () => Promise.reject(new ChapterhouseError("UPSTREAM_ERROR", "HTTP 500"));

describe("payloads", () => {
  test("one that does not fit its kind fails the task for good, and its handler never sees it", async () => {
    const queue = createMemoryQueue();
    const id = await addOne(queue, { kind: "scrape.book", payload: { url: "gopher://book.example" } as never });
    const handler = vi.fn<TaskHandler<"scrape.book">>(async () => done);
    await workOn(queue, { "scrape.book": handler }).idle();
    expect(await findOne(queue, id)).toMatchObject({
      status: "failed",
      attempts: 1,
      error: { code: "PAYLOAD_INVALID", details: { issues: [{ path: "url" }] } },
    });
    expect(handler).not.toHaveBeenCalled();
  });

  test("a kind of someone's own gets what its schema makes of the payload, a list too", async () => {
    const queue = createMemoryQueue();
    const seen = Promise.withResolvers<number>();
    const adding = defineKind({
      kind: "sum",
      title: "Add numbers",
      payload: z.array(z.coerce.number()),
      handler: async (numbers) => {
        seen.resolve(numbers.reduce((sum, number) => sum + number, 0));
        return done;
      },
    });
    await addOne(queue, { kind: "sum", payload: ["1", 2, "3"] });
    await workOn(queue, {}, { defined: [adding] }).idle();
    expect(await seen.promise).toBe(6);
  });
});

describe("the list of handlers", () => {
  test("a list without one of our kinds does not compile", () => {
    // @ts-expect-error -- four kinds are missing
    const list: TaskList = { "scrape.book": async () => done };
    expect(Object.keys(list)).toEqual(["scrape.book"]);
  });

  test("a handler of another kind's payload does not compile", () => {
    const narrate: TaskHandler<"narrate.chapter"> = async ({ voice }) => ({ type: "done", result: { voice } });
    // @ts-expect-error -- a book's payload has no voice
    const handlers: Partial<TaskList> = { "scrape.book": narrate };
    expect(handlers["scrape.book"]).toBe(narrate);
  });

  test("two handlers for one kind are refused", () => {
    const twice = defineKind({ kind: "scrape.book", title: "Twice", payload: z.object({}), handler: async () => done });
    const start = () =>
      startWorker({
        queue: createMemoryQueue(),
        handlers: { "scrape.book": async () => done },
        defined: [twice],
        card: { host: "here", pid: 1, version: "0" },
        concurrency: 1,
        log: silent,
      });
    expect(start).toThrow(expect.objectContaining({ code: "KIND_INVALID" }));
  });

  test("a runner of some kinds leaves the others alone", async () => {
    const queue = createMemoryQueue();
    const left = await addOne(queue, { kind: "scrape.catalogue", payload: { url: "http://book.example/" } });
    const taken = await addOne(queue);
    const all = { "scrape.book": async () => done, "scrape.catalogue": async () => done };
    await workOn(queue, all, { kinds: ["scrape.book"] }).idle();
    expect((await findOne(queue, left)).status).toBe("pending");
    expect((await findOne(queue, taken)).status).toBe("done");
  });
});

describe("a kind's definition", () => {
  const handler = async () => done;

  test("says its payload as JSON Schema, as it is written and not as it is read", () => {
    const payload = z.object({ to: z.email(), copies: z.int().default(1) });
    const { definition } = defineKind({ kind: "mail", title: "Send a mail", payload, handler });
    expect(definition).toMatchObject({ kind: "mail", title: "Send a mail", description: "", defaults: {} });
    expect(definition.payloadSchema).toMatchObject({ type: "object", required: ["to"] });
  });

  test("is stored without a schema when JSON Schema cannot say it", () => {
    const { definition } = defineKind({ kind: "odd", title: "Odd", payload: z.object({ at: z.date() }), handler });
    expect(definition.payloadSchema).toBeNull();
  });
});

describe("retries", () => {
  test.each([
    ["a list, by attempt", [60_000, 1], 60_000],
    ["a rule, of the attempt and the error", (attempt: number) => attempt * 5000, 5000],
  ] as const)("the delays of a kind are %s", async (_, retryDelaysMs, expected) => {
    const now = () => 1_000_000;
    const queue = createMemoryQueue({ now });
    const id = await addOne(queue);
    await workOn(queue, { "scrape.book": refuse }, { now, policies: { "scrape.book": { retryDelaysMs } } }).idle();
    const { runAt, status } = await findOne(queue, id);
    expect([status, Date.parse(runAt) - now()]).toEqual(["pending", expected]);
  });

  test("a rule that throws leaves the usual delays", async () => {
    const queue = createMemoryQueue();
    const id = await addOne(queue);
    const retryDelaysMs = () => {
      throw new Error("no rule");
    };
    await workOn(queue, { "scrape.book": refuse }, { policies: { "scrape.book": { retryDelaysMs } } }).idle();
    expect(await findOne(queue, id)).toMatchObject({ status: "pending", error: { code: "UPSTREAM_ERROR" } });
  });
});

describe("time limits", () => {
  const policies = { "scrape.book": { timeLimitMs: 30, retryDelaysMs: [3_600_000] } };

  test("a handler is stopped at its limit, and the attempt counts", async () => {
    const queue = createMemoryQueue();
    const id = await addOne(queue);
    const told = Promise.withResolvers<string>();
    const worker = workOn(
      queue,
      {
        "scrape.book": async (_, { signal }) => {
          void aborted(signal).then(told.resolve);
          return endless(signal);
        },
      },
      { policies },
    );
    expect(await told.promise).toBe("TIME_LIMIT");
    await worker.idle();
    expect(await findOne(queue, id)).toMatchObject({ status: "pending", attempts: 1, error: { code: "TIME_LIMIT" } });
  });

  test("one that does not heed its signal loses its slot, and what it says later says nothing", async () => {
    const queue = createMemoryQueue();
    const stubborn = await addOne(queue);
    const release = Promise.withResolvers<void>();
    let calls = 0;
    const worker = workOn(
      queue,
      {
        "scrape.book": async () => {
          calls += 1;
          if (calls === 1) await release.promise;
          return { type: "done", result: { calls } };
        },
      },
      { policies, concurrency: 1, abortGraceMs: 10 },
    );
    const next = await addOne(queue, { ...book, key: "next" });
    // The only slot is the stubborn one's until its grace is over.
    await vi.waitFor(async () => expect((await findOne(queue, next)).status).toBe("done"));
    release.resolve();
    await worker.idle();
    const { status, result, error, runAt } = await findOne(queue, stubborn);
    expect([status, result, error?.code]).toEqual(["pending", null, "TIME_LIMIT"]);
    expect(Date.parse(runAt)).toBeGreaterThan(Date.now() + 3_000_000);
  });

  test("a task that ends in time is not disturbed", async () => {
    const queue = createMemoryQueue();
    const id = await addOne(queue);
    await workOn(queue, { "scrape.book": async () => done }, { policies }).idle();
    expect(await findOne(queue, id)).toMatchObject({ status: "done", attempts: 1 });
  });
});
