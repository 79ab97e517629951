import { setTimeout as sleep } from "node:timers/promises";
import { ChapterhouseError, CHILD_FAILURE_POLICIES, type Outcome } from "@chapterhouse/domain";
import { type DefinedKind, defineKind, type NewTask, type TaskContext } from "@chapterhouse/taskqueue";
import { z } from "zod";
import { between, oneOf, type Random } from "./random.ts";

/** Stores a chapter's text under the task's lease; rejects with LEASE_LOST. */
export type Publish = (chapter: string, fence: { readonly taskId: string; readonly lease: number }) => Promise<void>;

const work = z.object({ ms: z.number(), chapter: z.string().optional(), _cron: z.unknown().optional() });

const RETRY_DELAYS_MS = [100, 400];

const failed = (message: string): Outcome => ({
  type: "fail",
  error: { code: "INTERNAL", message, details: {} },
  retryDelaysMs: RETRY_DELAYS_MS,
});

/** Some end well; others fail, are put off, or fail for good. */
const end = (random: Random, put: Outcome = { type: "done", result: { by: "chaos" } }): Outcome => {
  const dice = random();
  if (dice < 0.1) return failed("bad luck");
  if (dice < 0.15) return { type: "later", runAt: Date.now() + between(random, 0, 500), reason: "not now" };
  if (dice < 0.16) return { type: "fail", permanent: true, error: { code: "NOT_FOUND", message: "gone", details: {} } };
  if (dice < 0.18) throw new ChapterhouseError("UPSTREAM_ERROR", "thrown by chaos");
  return put;
};

const children = (random: Random): NewTask[] =>
  Array.from({ length: between(random, 1, 4) }, () => ({
    kind: "chaos.work",
    payload: { ms: between(random, 0, 400) },
    maxAttempts: between(random, 1, 3),
  }));

/**
 * Handlers as they should not be, and as they are: some hear their signal, some do not, some keep the thread busy, some
 * have children, some publish. None of them asks whether it still may.
 */
export const chaosKinds = (random: Random, publish: Publish): readonly DefinedKind[] => {
  const kind = (
    name: string,
    handler: (payload: z.output<typeof work>, context: TaskContext) => Promise<Outcome>,
    timeLimitMs?: number,
  ) =>
    defineKind({
      kind: `chaos.${name}`,
      title: name,
      payload: work,
      handler,
      retryDelaysMs: RETRY_DELAYS_MS,
      ...(timeLimitMs !== undefined && { timeLimitMs }),
    });
  return [
    kind("work", async ({ ms }, context) => {
      const { signal, log } = context;
      context.progress({ done: 1, total: 2, unit: "steps", message: "" });
      context.checkpoint({ step: 1 });
      log.info({}, "at work");
      await sleep(ms, undefined, { signal });
      return end(random);
    }),
    kind("deaf", async ({ ms }) => {
      await sleep(ms);
      return end(random);
    }),
    kind("spin", async ({ ms }) => {
      const until = performance.now() + ms;
      while (performance.now() < until);
      return end(random);
    }),
    kind("publish", async ({ ms, chapter = "" }, { fence }) => {
      await sleep(ms);
      await publish(chapter, fence);
      await sleep(ms / 2);
      return end(random);
    }),
    kind("parent", async ({ ms }, context) => {
      const { task, signal, addChildren } = context;
      await sleep(ms, undefined, { signal });
      // Its children are over: it ends, or has some more.
      if (task.continuation && random() < 0.8) return end(random);
      await addChildren(children(random));
      const onChildFailure = oneOf(random, CHILD_FAILURE_POLICIES) ?? "fail";
      return end(random, {
        type: "wait",
        then: random() < 0.4 ? "run" : "end",
        onChildFailure,
        result: { parent: true },
      });
    }),
    kind(
      "slow",
      async ({ ms }) => {
        await sleep(ms * 4);
        return end(random);
      },
      1500,
    ),
    kind("cron", async () => ({ type: "done" })),
  ];
};
