import { CHILD_FAILURE_POLICIES, type Outcome } from "@chapterhouse/domain";
import * as fc from "fast-check";
import { expect } from "vitest";
import type { ClaimRequest, Fence } from "../../../src/index.ts";
import {
  type Both,
  type Command,
  command,
  fence,
  fenceAt,
  HOUR,
  lane,
  maybe,
  MODEL_FLAGS,
  MODEL_KINDS,
  MODEL_RUNNERS,
  number,
  present,
  taskAt,
} from "./command.ts";
import { roomOf, shadowBeat, shadowCancel, shadowClaim, shadowNextAt, shadowReap, shadowSettle } from "./shadow-run.ts";

const runner = fc.constantFrom(...MODEL_RUNNERS);

const claimRequest: fc.Arbitrary<ClaimRequest> = fc
  .record({
    runner,
    kinds: fc.oneof(fc.constant(MODEL_KINDS), fc.subarray(MODEL_KINDS, { minLength: 1 })),
    limit: fc.integer({ min: 1, max: 5 }),
    leaseMs: fc.constantFrom(HOUR, HOUR, 0),
    forbiddenFlags: maybe(fc.subarray(MODEL_FLAGS, { minLength: 1 })),
    lanes: maybe(fc.uniqueArray(lane, { minLength: 1 }), 5),
    exceptLanes: maybe(fc.uniqueArray(lane, { minLength: 1 }), 5),
    prefetch: maybe(fc.integer({ min: 1, max: 3 })),
    timeLimitsMs: fc.constantFrom(undefined, undefined, { "k.a": 1, "k.b": 2 * HOUR }, { "k.a": 2 * HOUR, "k.b": 1 }),
  })
  .map((drawn) => present(drawn) as ClaimRequest);

export const claim = async ({ shadow, real }: Both, request: ClaimRequest): Promise<void> => {
  const room = new Map([...shadow.lanes.keys()].map((name) => [name, roomOf(shadow, name)]));
  const answer = await real.runner.queue.claim(request);
  for (const [name, most] of room) {
    const taken = answer.tasks.filter((task) => task.lane === name).length;
    expect(taken, `I5, I6: claimed from ${name}, which had room for`).toBeLessThanOrEqual(Math.max(0, most));
  }
  const expected = shadowClaim(shadow, request);
  expect(answer.tasks.map(({ id, lease }) => [id, lease])).toEqual(expected.map(({ id, lease }) => [id, lease]));
  if (expected.length >= request.limit) return;
  const nextAt = shadowNextAt(shadow, request);
  if (answer.nextAt !== null) expect(answer.nextAt, "nextAt is to come").toBeGreaterThanOrEqual(shadow.now);
  if (nextAt === null) return;
  // A little over: a bucket's times are not whole milliseconds.
  expect(answer.nextAt, "something becomes claimable").not.toBeNull();
  expect(answer.nextAt ?? 0, "nextAt is not too late").toBeLessThanOrEqual(Math.ceil(nextAt) + 1000);
};

const error = { code: "UPSTREAM_ERROR", message: "HTTP 500", details: {} };

/** Times are a long way off on both sides, so that a store with a clock of its own sees the same. */
export const outcome = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant("done" as const), n: number }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant("fail" as const), delays: fc.constantFrom([0], [HOUR], [0, HOUR]) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("permanent" as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("later" as const), runIn: fc.constantFrom(-HOUR, HOUR) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("wait" as const),
      next: fc.constantFrom(undefined, "end", "run", "run"),
      policy: maybe(fc.constantFrom(...CHILD_FAILURE_POLICIES)),
    }),
  },
);
type Drawn = typeof outcome extends fc.Arbitrary<infer T> ? T : never;

const outcomeAt = (drawn: Drawn, now: number): Outcome => {
  switch (drawn.type) {
    case "done": {
      return { type: "done", result: { n: drawn.n } };
    }
    case "fail": {
      return { type: "fail", error, retryDelaysMs: drawn.delays };
    }
    case "permanent": {
      return { type: "fail", error, permanent: true };
    }
    case "later": {
      return { type: "later", runAt: now + drawn.runIn, reason: "busy" };
    }
    default: {
      const { next, policy: onChildFailure } = drawn;
      return present({ type: "wait", result: { waited: true }, then: next, onChildFailure }) as Outcome;
    }
  }
};

export const report = {
  done: maybe(fc.nat({ max: 9 })),
  checkpoint: maybe(fc.constantFrom(null, { at: 1 }, { at: 2 })),
  hasLog: fc.boolean(),
};
interface DrawnReport {
  readonly done: number | undefined;
  readonly checkpoint: unknown;
  readonly hasLog: boolean;
}

const reportOf = ({ done, checkpoint, hasLog }: DrawnReport, now: number) =>
  present({
    progress: done === undefined ? undefined : { done, total: 9, unit: "steps", message: "" },
    checkpoint,
    log: hasLog ? [{ at: now, level: "info" as const, message: "a step" }] : undefined,
  });

const shadowReportOf = ({ done, checkpoint }: DrawnReport) => present({ progressDone: done, checkpoint });

export const settle = async (
  { shadow, real }: Both,
  drawn: readonly (DrawnReport & { fence: { anyOf: number; isAny: boolean }; outcome: Drawn })[],
): Promise<void> => {
  const named = drawn.flatMap((each) => {
    const found = fenceAt(shadow, each.fence);
    return found ? [{ ...found, report: each, outcome: outcomeAt(each.outcome, shadow.now) }] : [];
  });
  const answer = await real.runner.queue.settle(
    named.map(({ taskId, lease, outcome, report }) => ({
      taskId,
      lease,
      outcome,
      ...reportOf(report, shadow.now),
    })),
  );
  const isSettled = named.map(({ taskId, lease, outcome, report }) =>
    shadowSettle(shadow, { taskId, lease, outcome, ...shadowReportOf(report) }),
  );
  const statusOf = (taskId: string) => shadow.find(taskId)?.status ?? null;
  expect(answer, "I4: settled, or refused").toEqual(
    named.map(({ taskId }, index) => ({ id: taskId, status: isSettled[index] ? statusOf(taskId) : null })),
  );
};

const beat = async (
  { shadow, real }: Both,
  id: string,
  leaseMs: number,
  drawn: readonly (DrawnReport & { fence: { anyOf: number; isAny: boolean } })[],
): Promise<void> => {
  const byTask = new Map<string, Fence & { report: DrawnReport }>();
  for (const each of drawn) {
    const found = fenceAt(shadow, each.fence);
    if (found) byTask.set(found.taskId, { ...found, report: each });
  }
  const named = [...byTask.values()];
  const card = { id, host: "here", pid: 1, version: "0", kinds: MODEL_KINDS, concurrency: 4 };
  const answer = await real.runner.queue.heartbeat(
    card,
    leaseMs,
    named.map(({ taskId, lease, report }) => ({ taskId, lease, ...reportOf(report, shadow.now) })),
  );
  shadow.runners.set(id, shadow.now + leaseMs);
  const expected = shadowBeat(
    shadow,
    named.map(({ taskId, lease, report }) => ({ taskId, lease, ...shadowReportOf(report) })),
    leaseMs,
  );
  expect({ lost: answer.lost.toSorted(), cancelling: answer.cancelling.toSorted() }).toEqual({
    lost: expected.lost.toSorted(),
    cancelling: expected.cancelling.toSorted(),
  });
};

export const cancel = async ({ shadow, real }: Both, numbers: readonly number[]): Promise<void> => {
  const ids = [...new Set(numbers.flatMap((each) => taskAt(shadow, each)?.id ?? []))];
  const answer = await real.backend.queue.cancel(ids);
  const changed = shadowCancel(shadow, ids);
  expect(answer.map(({ id, task, changed }) => ({ id, status: task?.status, changed }))).toEqual(
    ids.map((id) => ({ id, status: shadow.find(id)?.status, changed: changed.has(id) })),
  );
};

export const reap = async ({ shadow, real }: Both, staleAfterMs: number): Promise<void> => {
  expect(await real.runner.queue.reap(staleAfterMs)).toEqual(shadowReap(shadow, staleAfterMs));
};

export const runningCommands: readonly { readonly weight: number; readonly arbitrary: fc.Arbitrary<Command> }[] = [
  { weight: 14, arbitrary: command("claim", claimRequest, claim) },
  {
    weight: 12,
    arbitrary: command(
      "settle",
      fc.array(fc.record({ ...report, fence, outcome }), { minLength: 1, maxLength: 3 }),
      settle,
    ),
  },
  {
    weight: 4,
    arbitrary: command(
      "heartbeat",
      fc.record({
        id: runner,
        leaseMs: fc.constantFrom(HOUR, 0),
        beats: fc.array(fc.record({ ...report, fence }), { maxLength: 3 }),
      }),
      (both, { id, leaseMs, beats }) => beat(both, id, leaseMs, beats),
    ),
  },
  { weight: 3, arbitrary: command("cancel", fc.array(number, { minLength: 1, maxLength: 2 }), cancel) },
  {
    weight: 4,
    arbitrary: command("reap", fc.constantFrom(0, 0, 0, 10 * HOUR), reap),
  },
];
