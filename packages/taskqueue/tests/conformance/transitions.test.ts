import {
  type Outcome,
  type Task,
  TASK_EVENTS,
  TASK_STATUSES,
  type TaskEvent,
  type TaskStatus,
  transition,
} from "@chapterhouse/domain";
import { describe, expect, test } from "vitest";
import type { TaskAction } from "../../src/index.ts";
import {
  actOnIds,
  addOne,
  bookTask,
  claimOne,
  done,
  failure,
  fenceOf,
  findOne,
  narration,
  type Open,
  openInMemory,
  type QueueUnderTest,
  settleOne,
  waitThenRun,
} from "./queue-under-test.ts";
import { storeUnderTest } from "./store-under-test.ts";

// Holds the statements to the table in packages/domain: each status is reached and each event driven through the port,
// and the task must then stand where `transition` says. Every task here has one child, which is claimed.

interface Stage {
  readonly queue: QueueUnderTest;
  readonly task: Task;
  readonly child: Task;
}

/** `crashes` before the last claim, so that `poison` is one reap away. */
const stage = async (queue: QueueUnderTest, crashes: number): Promise<Stage> => {
  await addOne(queue, bookTask({ priority: -1, maxAttempts: 3 }));
  for (let crash = 0; crash < crashes; crash += 1) {
    await claimOne(queue, 0);
    await queue.runner.reap(0);
  }
  const task = await claimOne(queue, 0);
  await queue.runner.add([narration(1)], fenceOf(task));
  const child = await claimOne(queue);
  return { queue, task, child };
};

const settleTask =
  (outcome: Outcome) =>
  async ({ queue, task }: Stage) => {
    await settleOne(queue, task, outcome);
  };
const cancelTask = async ({ queue, task }: Stage) => {
  await queue.backend.cancel([task.id]);
};
const later: Outcome = { type: "later", runAt: Date.now(), reason: "test" };

const operate =
  (action: TaskAction) =>
  async ({ queue, task }: Stage) => {
    await actOnIds(queue, action, task.id);
  };

const REACH: Readonly<Record<TaskStatus, (stage: Stage) => Promise<void>>> = {
  pending: settleTask(later),
  running: async () => {},
  waiting: settleTask({ type: "wait" }),
  cancelling: cancelTask,
  paused: async (at) => {
    await settleTask(later)(at);
    await operate({ type: "hold" })(at);
  },
  done: settleTask(done),
  failed: settleTask(failure(true)),
  cancelled: async (at) => {
    await cancelTask(at);
    await settleTask(done)(at);
  },
};

const reap = async ({ queue }: Stage) => {
  await queue.runner.reap(0);
};

const DRIVE: Readonly<Record<TaskEvent, (stage: Stage) => Promise<void>>> = {
  claim: async ({ queue }) => {
    await queue.runner.claim({ runner: "other", kinds: ["scrape.book"], limit: 1, leaseMs: 0 });
  },
  done: settleTask(done),
  retry: settleTask(failure()),
  later: settleTask(later),
  fail: settleTask(failure(true)),
  wait: settleTask({ type: "wait" }),
  reap,
  poison: reap,
  cancel: cancelTask,
  acknowledge: settleTask(failure(true)),
  children_done: async ({ queue, child }) => {
    await settleOne(queue, child, done);
  },
  children_failed: async ({ queue, child }) => {
    await settleOne(queue, child, failure(true));
  },
  children_cancelled: async ({ queue, child }) => {
    await queue.backend.cancel([child.id]);
    await settleOne(queue, child, done);
  },
  children_resume: async ({ queue, child }) => {
    await settleOne(queue, child, done);
  },
  reopen: operate({ type: "retry_children", cancelled: true }),
  hold: operate({ type: "hold" }),
  resume: operate({ type: "resume" }),
  redrive: operate({ type: "redrive" }),
  complete: operate({ type: "complete" }),
  give_up: operate({ type: "fail", reason: "given up" }),
};

const isOfChildren = (event: TaskEvent): boolean => event.startsWith("children_");

/** By what becomes of its child: what ended otherwise does not wait for it again. */
const REACH_BY_CHILD: Partial<Readonly<Record<TaskStatus, (stage: Stage) => Promise<void>>>> = {
  done: async (at) => {
    await settleTask({ type: "wait", onChildFailure: "finish_with_errors" })(at);
    await settleOne(at.queue, at.child, failure(true));
  },
  failed: async (at) => {
    await settleTask({ type: "wait" })(at);
    await settleOne(at.queue, at.child, failure(true));
  },
  cancelled: async (at) => {
    await settleTask({ type: "wait" })(at);
    await DRIVE.children_cancelled(at);
  },
};

/** A cancelling parent follows its children only after its own part ended: one that waited. */
const reach = async (at: Stage, status: TaskStatus, event: TaskEvent): Promise<void> => {
  if (event === "reopen" && REACH_BY_CHILD[status]) return REACH_BY_CHILD[status](at);
  if (event === "children_resume" && (status === "waiting" || status === "cancelling")) {
    await settleTask(waitThenRun)(at);
    if (status === "waiting") return;
  } else if (status === "cancelling" && isOfChildren(event)) await REACH.waiting(at);
  await REACH[status](at);
};

// `fail` and `done` mean the same to the port as `acknowledge` does, and no event of its own.
const CASES = TASK_STATUSES.flatMap((status) =>
  TASK_EVENTS.filter((event) => event !== "acknowledge" || status === "cancelling").map((event) => ({ status, event })),
);

const transitionsSuite = (open: Open): void => {
  test.each(CASES)("$status, $event", async ({ status, event }) => {
    const at = await stage(await open(), event === "poison" ? 2 : 0);
    await reach(at, status, event);
    expect((await findOne(at.queue, at.task.id)).status).toBe(status);
    await DRIVE[event](at);
    expect((await findOne(at.queue, at.task.id)).status).toBe(transition(status, event) ?? status);
  });
};

describe("transitions in memory", () => {
  transitionsSuite(openInMemory);
});

describe("transitions in PocketBase", () => {
  const { open } = storeUnderTest();
  transitionsSuite(open);
});
