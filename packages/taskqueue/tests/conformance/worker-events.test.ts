import { ChapterhouseError, type Outcome } from "@chapterhouse/domain";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  defineKind,
  startWorker,
  type TaskContext,
  type TaskEventName,
  TaskEvents,
  type TaskLogger,
} from "../../src/index.ts";
import { addOne, done, findOne, type Open, openInMemory, type QueueUnderTest } from "./queue-under-test.ts";
import { storeUnderTest } from "./store-under-test.ts";

const silent: TaskLogger = { debug() {}, info() {}, warn() {}, error() {} };

const TOLD = [
  "task:start",
  "task:progress",
  "task:success",
  "task:error",
  "task:failed",
  "task:later",
  "task:aborted",
  "task:lost",
  "task:complete",
] as const satisfies readonly TaskEventName[];

const untilAborted = ({ signal }: TaskContext): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });

const broken = () => new ChapterhouseError("UPSTREAM_ERROR", "HTTP 500");
const later: Outcome = { type: "later", runAt: Date.now() + 3_600_000, reason: "the site wants it" };

interface Story {
  readonly name: string;
  readonly act: (context: TaskContext) => Promise<Outcome>;
  readonly timeLimitMs?: number;
  /** Done by someone else once the handler is at work. */
  readonly meanwhile?: (queue: QueueUnderTest, id: string, runner: string) => Promise<unknown>;
  /** Event, and the status or the code that it tells. */
  readonly expected: readonly string[];
}

const STORIES: readonly Story[] = [
  {
    name: "done",
    act: async ({ progress }) => {
      progress({ done: 1, total: 1, unit: "pages", message: "" });
      return done;
    },
    expected: ["task:start", "task:progress", "task:success done", "task:complete done"],
  },
  {
    name: "failing once",
    act: ({ lastAttempt }) => (lastAttempt ? Promise.resolve(done) : Promise.reject(broken())),
    expected: [
      "task:start",
      "task:error UPSTREAM_ERROR",
      "task:complete pending",
      "task:start",
      "task:success done",
      "task:complete done",
    ],
  },
  {
    name: "failing for good",
    act: () => Promise.reject(new ChapterhouseError("NOT_FOUND", "HTTP 404")),
    expected: ["task:start", "task:failed NOT_FOUND", "task:complete failed"],
  },
  {
    name: "put off",
    act: () => Promise.resolve(later),
    expected: ["task:start", "task:later pending", "task:complete pending"],
  },
  {
    name: "cancelled",
    act: untilAborted,
    meanwhile: ({ backend }, id) => backend.cancel([id]),
    expected: ["task:start", "task:aborted CANCELLED", "task:complete cancelled"],
  },
  {
    name: "too slow",
    act: untilAborted,
    timeLimitMs: 100,
    expected: [
      "task:start",
      "task:aborted TIME_LIMIT",
      "task:error TIME_LIMIT",
      "task:complete pending",
      "task:start",
      "task:aborted TIME_LIMIT",
      "task:failed TIME_LIMIT",
      "task:complete failed",
    ],
  },
  {
    name: "taken away",
    act: (context) => (context.task.lease > 1 ? Promise.resolve(done) : untilAborted(context)),
    meanwhile: ({ backendPorts }, _, runner) => backendPorts.admin.releaseRunner(runner, { force: true }),
    expected: [
      "task:start",
      "task:aborted LEASE_LOST",
      "task:lost lease",
      "task:complete null",
      "task:start",
      "task:success done",
      "task:complete done",
    ],
  },
  {
    name: "a parent",
    act: async ({ addChildren }) => {
      await addChildren([{ kind: "child", payload: {} }]);
      return { type: "wait" };
    },
    expected: ["task:start", "task:success waiting", "task:complete waiting"],
  },
  {
    name: "a parent that goes on at once: it has no children",
    act: async ({ task }) => (task.continuation ? done : { type: "wait", then: "run" }),
    expected: [
      "task:start",
      "task:success pending",
      "task:complete pending",
      "task:start",
      "task:success done",
      "task:complete done",
    ],
  },
];

/**
 * What one worker told of one task, until the task comes to rest. By attempt: the next may start while the answer to the
 * settlement of the one before is still on its way.
 */
const tell = async (open: Open, story: Story): Promise<readonly string[]> => {
  const queue = await open();
  const events = new TaskEvents(silent);
  const told: { readonly lease: number; readonly fact: string }[] = [];
  const begun = Promise.withResolvers<void>();
  for (const name of TOLD) {
    events.on(name, (data) => {
      if (data.task.kind !== "story") return;
      told.push({ lease: data.task.lease, fact: [name, factOf(name, data)].filter(Boolean).join(" ") });
      begun.resolve();
    });
  }
  const { timeLimitMs } = story;
  const kind = defineKind({
    kind: "story",
    title: story.name,
    payload: z.object({}),
    handler: (_, context) => story.act(context),
    retryDelaysMs: [0],
    ...(timeLimitMs && { timeLimitMs }),
  });
  const worker = startWorker({
    queue: queue.runner,
    defined: [kind],
    events,
    card: { host: "here", pid: process.pid, version: "0" },
    concurrency: 1,
    heartbeatMs: 100,
    leaseMs: 5000,
    pollMs: 50,
    log: silent,
  });
  try {
    const { id } = await addOne(queue, { kind: "story", payload: {}, maxAttempts: 2 });
    await begun.promise;
    await story.meanwhile?.(queue, id, worker.runnerId);
    await expect.poll(() => told.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(story.expected.length);
    await worker.idle();
    const inTurn = told.toSorted((a, b) => a.lease - b.lease).map(({ fact }) => fact);
    expect(inTurn.at(-1)).toContain((await findOne(queue, id)).status);
    return inTurn;
  } finally {
    await worker.stop();
  }
};

const factOf = (name: TaskEventName, data: object): string => {
  if (name === "task:lost" && "reason" in data) return String(data.reason);
  if ("error" in data) return (data.error as { code: string }).code;
  return "status" in data ? String(data.status) : "";
};

describe.each<[string, () => Open]>([
  ["in memory", () => openInMemory],
  ["in PocketBase", () => storeUnderTest().open],
])("what a worker tells of a task, with a queue %s", (_, opener) => {
  const open = opener();
  test.each(STORIES.map((story) => [story.name, story] as const))("%s", async (_name, story) => {
    expect(await tell(open, story)).toEqual(story.expected);
  });
});
