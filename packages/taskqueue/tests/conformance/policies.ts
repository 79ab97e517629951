import { CHILD_FAILURE_POLICIES, type Outcome, type TaskError } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import {
  addOne,
  bookTask,
  claim,
  claimOne,
  type End,
  end,
  failure,
  family,
  fenceOf,
  findOne,
  narrations,
  type Open,
  settleOne,
  waitThenRun,
} from "./queue-under-test.ts";

const ENDS = {
  "all done": ["done", "done", "done"],
  "some failed": ["done", "failed", "done"],
  "some cancelled": ["cancelled", "done", "done"],
  "some failed, some cancelled": ["cancelled", "failed", "done"],
  "all failed": ["failed", "failed", "failed"],
  "all cancelled": ["cancelled", "cancelled", "cancelled"],
} as const satisfies Record<string, readonly End[]>;
type Ends = keyof typeof ENDS;

type Verdict = readonly [status: End, error: TaskError["code"] | null];
const DONE: Verdict = ["done", null];
const DONE_WITH_ERRORS: Verdict = ["done", "CHILDREN_FAILED"];
const FAILED: Verdict = ["failed", "CHILDREN_FAILED"];
const CANCELLED: Verdict = ["cancelled", null];

/** How a parent ends whose children end so; one that is to go on does so wherever this says that it is done. */
const VERDICTS: Readonly<Record<(typeof CHILD_FAILURE_POLICIES)[number], Readonly<Record<Ends, Verdict>>>> = {
  fail: {
    "all done": DONE,
    "some failed": FAILED,
    "some cancelled": CANCELLED,
    "some failed, some cancelled": FAILED,
    "all failed": FAILED,
    "all cancelled": CANCELLED,
  },
  finish_with_errors: {
    "all done": DONE,
    "some failed": DONE_WITH_ERRORS,
    "some cancelled": DONE_WITH_ERRORS,
    "some failed, some cancelled": DONE_WITH_ERRORS,
    "all failed": DONE_WITH_ERRORS,
    "all cancelled": DONE_WITH_ERRORS,
  },
  ignore: {
    "all done": DONE,
    "some failed": DONE,
    "some cancelled": DONE,
    "some failed, some cancelled": DONE,
    "all failed": DONE,
    "all cancelled": DONE,
  },
};

const CASES = CHILD_FAILURE_POLICIES.flatMap((policy) =>
  (Object.keys(ENDS) as Ends[]).map((ends) => ({ policy, ends, verdict: VERDICTS[policy][ends] })),
);

const countsOf = (ends: readonly End[]) => {
  const count = (as: End) => ends.filter((one) => one === as).length;
  return { total: ends.length, done: count("done"), failed: count("failed"), cancelled: count("cancelled") };
};

const messageOf = ({ failed, cancelled }: { failed: number; cancelled: number }): string =>
  failed > 0 ? `${failed} of its tasks failed` : `${cancelled} of its tasks were cancelled`;

export const policiesSuite = (open: Open): void => {
  test.each(CASES)("$policy, $ends: $verdict.0, $verdict.1", async ({ policy, ends, verdict: [status, code] }) => {
    const queue = await open();
    const counts = countsOf(ENDS[ends]);
    const error = code && { code, message: messageOf(counts), details: counts };
    const result = { booksFound: 1 };
    const run = async (outcome: Outcome) => {
      await addOne(queue, bookTask({ maxAttempts: 2 }));
      const parent = await claimOne(queue);
      await queue.runner.add(narrations(3), fenceOf(parent));
      await queue.runner.settle([{ ...fenceOf(parent), outcome, checkpoint: { page: 7 } }]);
      for (const [index, child] of (await claim(queue, 3)).entries())
        await end(queue, child, ENDS[ends][index] ?? "done");
      return findOne(queue, parent.id);
    };

    const ended = await run({ type: "wait", result, onChildFailure: policy });
    const checkpoint = { page: 7 };
    expect(ended).toMatchObject({ status, error, result, children: counts, attempts: 1, continuation: false });
    expect(ended.checkpoint).toEqual(status === "done" ? null : checkpoint);

    const goesOn = await run({ ...waitThenRun, onChildFailure: policy } as Outcome);
    expect(goesOn).toMatchObject(
      status === "done"
        ? {
            status: "pending",
            error: null,
            checkpoint,
            children: counts,
            attempts: 0,
            continuation: true,
            runner: null,
          }
        : { status, error, checkpoint, children: counts, attempts: 1, continuation: false },
    );
    expect(goesOn.finishedAt === null).toBe(status === "done");
  });

  test("the policy is what it was added with, unless the outcome says another", async () => {
    const queue = await open();
    const statusAfter = async (outcome: Outcome) => {
      await addOne(queue, bookTask({ onChildFailure: "ignore" }));
      const parent = await claimOne(queue);
      await queue.runner.add(narrations(1), fenceOf(parent));
      await settleOne(queue, parent, outcome);
      await end(queue, await claimOne(queue), "failed");
      const { status, onChildFailure } = await findOne(queue, parent.id);
      return [status, onChildFailure];
    };
    expect(await statusAfter({ type: "wait" })).toEqual(["done", "ignore"]);
    expect(await statusAfter({ type: "wait", onChildFailure: "fail" })).toEqual(["failed", "fail"]);
  });

  test("each storey judges by its own policy", async () => {
    const queue = await open();
    const chapter = family(narrations(1), { kind: "scrape.chapter", payload: {} });
    const book = family([chapter], bookTask({ onChildFailure: "finish_with_errors" }));
    const { task: top } = await queue.backend.addTree(family([book], { kind: "scrape.catalogue", payload: {} }));
    await settleOne(queue, await claimOne(queue), failure(true));
    const all = (await queue.backend.list({ limit: 10 })).items.toReversed();
    expect(all.map(({ status, error }) => [status, error?.code ?? null])).toEqual([
      ["done", null],
      ["done", "CHILDREN_FAILED"],
      ["failed", "CHILDREN_FAILED"],
      ["failed", "UPSTREAM_ERROR"],
    ]);
    expect(all[0]?.id).toBe(top.id);
  });
};
