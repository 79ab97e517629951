import { expect, test } from "vitest";
import {
  addOne,
  bookTask,
  claim,
  claimOne,
  done,
  failure,
  fenceOf,
  findOne,
  HOUR_MS,
  narration,
  type Open,
  settleOne,
  waitingParent,
} from "./queue-under-test.ts";

export const settlingSuite = (open: Open): void => {
  test("done keeps the result and clears the error of an earlier attempt", async () => {
    const queue = await open();
    const { id } = await addOne(queue, bookTask({ maxAttempts: 3 }));
    const progress = { done: 4, total: 4, unit: "pages", message: "all" };
    await queue.runner.settle([{ ...fenceOf(await claimOne(queue)), outcome: done, progress }]);
    expect(await findOne(queue, id)).toMatchObject({
      status: "done",
      result: { booksFound: 1 },
      error: null,
      progress,
    });
    expect((await findOne(queue, id)).finishedAt).not.toBeNull();
  });

  test("a failure is tried again after a while until its attempts are used up", async () => {
    const queue = await open();
    const { id } = await addOne(queue, bookTask({ maxAttempts: 2 }));
    const before = Date.now();
    expect(await settleOne(queue, await claimOne(queue), failure())).toBe("pending");
    const retried = await findOne(queue, id);
    expect(retried).toMatchObject({ attempts: 1, runner: null, error: { code: "UPSTREAM_ERROR" }, finishedAt: null });
    const delay = Date.parse(retried.runAt) - before;
    expect(delay).toBeGreaterThanOrEqual(500);
    expect(delay).toBeLessThan(10_000);
  });

  test.each([
    ["the last attempt", bookTask({ maxAttempts: 1 }), failure()],
    ["a permanent failure", bookTask({ maxAttempts: 9 }), failure(true)],
  ])("%s fails the task", async (_, task, outcome) => {
    const queue = await open();
    const { id } = await addOne(queue, task);
    expect(await settleOne(queue, await claimOne(queue), outcome)).toBe("failed");
    expect(await findOne(queue, id)).toMatchObject({
      status: "failed",
      attempts: 1,
      error: { code: "UPSTREAM_ERROR" },
    });
  });

  test("later gives the attempt back and says why and until when", async () => {
    const queue = await open();
    const { id } = await addOne(queue, bookTask({ maxAttempts: 1 }));
    const runAt = Date.now() + HOUR_MS;
    expect(await settleOne(queue, await claimOne(queue), { type: "later", runAt, reason: "rate limit" })).toBe(
      "pending",
    );
    expect(await findOne(queue, id)).toMatchObject({
      attempts: 0,
      waitingFor: "rate limit",
      runAt: new Date(runAt).toISOString(),
    });
    expect(await claim(queue)).toEqual([]);
  });

  test("of two settlements of one task in one call the first counts", async () => {
    const queue = await open();
    const { id } = await addOne(queue);
    const fence = fenceOf(await claimOne(queue));
    const [first, second] = await queue.runner.settle([
      { ...fence, outcome: done },
      { ...fence, outcome: failure(true) },
    ]);
    expect([first?.status, second?.status]).toEqual(["done", null]);
    expect((await findOne(queue, id)).status).toBe("done");
  });

  test("settlements and adds that share calls each get their own answer", async () => {
    const queue = await open();
    const tasks = await Promise.all(Array.from({ length: 60 }, (_, index) => addOne(queue, narration(index + 1))));
    expect(new Set(tasks.map((task) => task.id)).size).toBe(60);
    const claimed = await claim(queue, 60);
    const ends = await Promise.all(
      claimed.map((task, index) => settleOne(queue, task, index % 2 === 0 ? done : failure(true))),
    );
    expect(ends).toEqual(claimed.map((_, index) => (index % 2 === 0 ? "done" : "failed")));
  });

  test("a parent without live children is over as soon as it waits", async () => {
    const queue = await open();
    const { id } = await addOne(queue);
    expect(await settleOne(queue, await claimOne(queue), { type: "wait", result: { booksFound: 0 } })).toBe("done");
    expect(await findOne(queue, id)).toMatchObject({ status: "done", result: { booksFound: 0 } });
  });

  test.each([
    { ends: ["done", "done"], status: "done", error: null },
    { ends: ["done", "failed"], status: "failed", error: "CHILDREN_FAILED" },
    { ends: ["cancelled", "done"], status: "cancelled", error: null },
    { ends: ["cancelled", "failed"], status: "failed", error: "CHILDREN_FAILED" },
  ])("a parent whose children end $ends is $status", async ({ ends, status, error }) => {
    const queue = await open();
    const { parent, children } = await waitingParent(queue, ends.length);
    for (const [index, child] of children.entries()) {
      expect((await findOne(queue, parent.id)).status).toBe("waiting");
      if (ends[index] === "cancelled") await queue.backend.cancel([child.id]);
      await settleOne(queue, child, ends[index] === "failed" ? failure(true) : done);
    }
    const ended = await findOne(queue, parent.id);
    expect(ended.status).toBe(status);
    expect(ended.error?.code ?? null).toBe(error);
    const count = (end: string) => ends.filter((one) => one === end).length;
    const counts = { total: 2, done: count("done"), failed: count("failed"), cancelled: count("cancelled") };
    expect(ended.children).toEqual(counts);
    expect(ended.progress).toMatchObject({ done: counts.done, total: 2 });
    expect(ended.error?.details ?? null).toEqual(error && counts);
  });

  test("the end of a grandchild travels up to the top", async () => {
    const queue = await open();
    const { parent, children } = await waitingParent(queue, 1);
    const [child] = children;
    if (!child) throw new Error("no child");
    await queue.runner.add([narration(77)], fenceOf(child));
    await settleOne(queue, child, { type: "wait" });
    expect((await findOne(queue, parent.id)).status).toBe("waiting");
    await settleOne(queue, await claimOne(queue), failure(true));
    expect((await findOne(queue, child.id)).status).toBe("failed");
    expect(await findOne(queue, parent.id)).toMatchObject({ status: "failed", error: { code: "CHILDREN_FAILED" } });
  });

  test("a retried parent is judged by the children of its last attempt", async () => {
    const queue = await open();
    await addOne(queue, bookTask({ priority: -1 }));
    const first = await claimOne(queue);
    await queue.runner.add([narration(1), narration(2)], fenceOf(first));
    const [one, two] = await claim(queue);
    if (!one || !two) throw new Error("two children were expected");
    await settleOne(queue, one, done);
    await settleOne(queue, two, failure(true));
    await settleOne(queue, first, { type: "later", runAt: Date.now(), reason: "the store was away" });

    const second = await claimOne(queue);
    await queue.runner.add([narration(2)], fenceOf(second));
    expect(await settleOne(queue, second, { type: "wait" })).toBe("waiting");
    await settleOne(queue, await claimOne(queue), done);
    expect(await findOne(queue, first.id)).toMatchObject({
      status: "done",
      error: null,
      children: { total: 2, done: 2, failed: 0, cancelled: 0 },
    });
  });
};
