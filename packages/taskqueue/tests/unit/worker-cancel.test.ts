import { afterEach, expect, test, vi } from "vitest";
import { createMemoryQueue, type TaskHandler, type TaskQueue } from "../../src/index.ts";
import { aborted, addOne, endless, findOne, workOn } from "./worker-under-test.ts";

afterEach(() => {
  vi.useRealTimers();
});

const NEVER = 1e8;

/** A handler that tells when it begins and what it was told to stop for; `end` says how it takes it. */
const watched = (end: (signal: AbortSignal) => Promise<never>) => {
  const begun = Promise.withResolvers<void>();
  const told = Promise.withResolvers<string>();
  const handler: TaskHandler = async (_, { signal }) => {
    void aborted(signal).then(told.resolve);
    begun.resolve();
    return end(signal);
  };
  return { handlers: { "scrape.book": handler }, begun: begun.promise, told: told.promise };
};

/** The same queue with some calls of its own. */
const withCalls = (inner: TaskQueue, own: Partial<TaskQueue>): TaskQueue =>
  new Proxy(inner, {
    get: (target, name: keyof TaskQueue) => own[name]?.bind(own) ?? target[name].bind(target),
  });

test("by push alone: the handler is told without any regular heartbeat, and its end is acknowledged as it ends", async () => {
  const queue = createMemoryQueue();
  const id = await addOne(queue);
  const { handlers, begun, told } = watched(endless);
  const worker = workOn(queue, handlers, { heartbeatMs: NEVER, leaseMs: 3 * NEVER, pollMs: NEVER });
  await begun;
  const [cancelled] = await queue.cancel([id]);
  expect(cancelled?.task).toMatchObject({ status: "cancelling", finishedAt: null });
  expect(await told).toBe("CANCELLED");
  await worker.idle();
  const { status, cancelRequestedAt, finishedAt } = await findOne(queue, id);
  expect([status, typeof cancelRequestedAt, typeof finishedAt]).toEqual(["cancelled", "string", "string"]);
});

test("without push: the first heartbeat that begins after it brings it", async () => {
  const inner = createMemoryQueue();
  const id = await addOne(inner);
  let beats = 0;
  const queue = withCalls(inner, {
    subscribe: async () => async () => {},
    heartbeat: (...call) => {
      beats += 1;
      return inner.heartbeat(...call);
    },
  });
  const { handlers, begun, told } = watched(endless);
  const worker = workOn(queue, handlers, { heartbeatMs: 20, leaseMs: NEVER });
  await begun;
  await inner.cancel([id]);
  const before = beats;
  expect(await told).toBe("CANCELLED");
  expect(beats - before).toBe(1);
  await worker.idle();
  expect((await findOne(inner, id)).status).toBe("cancelled");
});

test("one that is cancelled while its claim is on its way here is told without waiting for a heartbeat", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
  const inner = createMemoryQueue();
  const id = await addOne(inner);
  const answered = Promise.withResolvers<void>();
  const claimed = Promise.withResolvers<void>();
  const queue = withCalls(inner, {
    claim: async (request) => {
      const answer = await inner.claim(request);
      claimed.resolve();
      await answered.promise;
      return answer;
    },
  });
  const { handlers, told } = watched(endless);
  workOn(queue, handlers, { heartbeatMs: NEVER, leaseMs: 3 * NEVER, pollMs: NEVER });
  await claimed.promise;
  await inner.cancel([id]);
  // The hint is long over when the answer comes.
  await vi.advanceTimersByTimeAsync(1000);
  answered.resolve();
  expect(await told).toBe("CANCELLED");
  vi.useRealTimers();
  await vi.waitFor(async () => expect((await findOne(inner, id)).status).toBe("cancelled"));
});

test("one that is deaf is acknowledged five seconds after it was told, and not before", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
  const queue = createMemoryQueue();
  const id = await addOne(queue);
  const { handlers, begun, told } = watched(() => new Promise(() => {}));
  workOn(queue, handlers, { leaseMs: NEVER });
  await begun;
  await queue.cancel([id]);
  expect(await told).toBe("CANCELLED");
  await vi.advanceTimersByTimeAsync(4999);
  expect((await findOne(queue, id)).status).toBe("cancelling");
  await vi.advanceTimersByTimeAsync(50);
  expect((await findOne(queue, id)).status).toBe("cancelled");
});

test("one that says it is done after all ends as cancelled", async () => {
  const queue = createMemoryQueue();
  const id = await addOne(queue);
  const begun = Promise.withResolvers<void>();
  const worker = workOn(queue, {
    "scrape.book": async (_, { signal }) => {
      begun.resolve();
      await aborted(signal);
      return { type: "done", result: { late: true } };
    },
  });
  await begun.promise;
  await queue.cancel([id]);
  await worker.idle();
  expect(await findOne(queue, id)).toMatchObject({ status: "cancelled", result: null });
});
