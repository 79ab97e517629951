import type { TaskStatus } from "@chapterhouse/domain";
import { expect, test, vi } from "vitest";
import { createMemoryQueue, type Settled, type Settlement, type TaskQueue } from "../../src/index.ts";
import { ActiveTask } from "../../src/worker/active-task.ts";
import { nextTurn } from "../../src/worker/clock.ts";
import { Settler } from "../../src/worker/settler.ts";
import { chapters, silent } from "./worker-under-test.ts";

/** Tasks with an outcome, and a queue that only notes which of them come in one call. */
const settling = async (count: number, { isBusy, delayMs }: { readonly isBusy: boolean; readonly delayMs: number }) => {
  const calls: number[] = [];
  const settle = async (settlements: readonly Settlement[]): Promise<readonly Settled[]> => {
    calls.push(settlements.length);
    return settlements.map(({ taskId }) => ({ id: taskId, status: "done" }));
  };
  const settled: (TaskStatus | null)[] = [];
  const settler = new Settler({
    queue: { settle } as TaskQueue,
    log: silent,
    random: () => 0,
    delayMs,
    isBusy: () => isBusy,
    onSettled: (_, status) => settled.push(status),
  });
  const added = await createMemoryQueue().add(chapters(count));
  const tasks = added.map(({ task }) => {
    const active = new ActiveTask(task, { claimedAt: 0, cameAt: 0, leaseMs: 1000 });
    active.outcome = { type: "done" };
    return active;
  });
  return { settler, calls, settled, tasks };
};

test("while handlers are at work, outcomes of several turns go in one call", async () => {
  const { settler, calls, settled, tasks } = await settling(3, { isBusy: true, delayMs: 60 });
  for (const active of tasks) {
    settler.push(active);
    await nextTurn();
  }
  await settler.drained();
  expect([calls, settled]).toEqual([[3], ["done", "done", "done"]]);
});

test("without any at work, none waits longer than its turn", async () => {
  const { settler, calls, tasks } = await settling(2, { isBusy: false, delayMs: 3_600_000 });
  for (const active of tasks) {
    settler.push(active);
    await settler.drained();
  }
  expect(calls).toEqual([1, 1]);
});

test("a call's worth does not wait, and a call has no more", async () => {
  const { settler, calls, tasks } = await settling(1200, { isBusy: true, delayMs: 3_600_000 });
  for (const active of tasks) settler.push(active);
  await vi.waitFor(() => expect(calls).toEqual([1000, 200]));
});
