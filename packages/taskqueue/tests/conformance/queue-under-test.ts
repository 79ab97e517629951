import type { Outcome, Task } from "@chapterhouse/domain";
import { expect } from "vitest";
import {
  type ActionAnswer,
  type ClaimRequest,
  createMemoryPorts,
  type Fence,
  type AddedTree,
  type NewTask,
  type NewTree,
  type QueuePorts,
  type RunnerCard,
  type TaskAction,
  type TaskQueue,
} from "../../src/index.ts";

/** One queue as the two accounts see it; in memory both are the same object. */
export interface QueueUnderTest {
  readonly backend: TaskQueue;
  readonly runner: TaskQueue;
  readonly backendPorts: QueuePorts;
  readonly runnerPorts: QueuePorts;
}

export const queueUnderTest = (backendPorts: QueuePorts, runnerPorts: QueuePorts): QueueUnderTest => ({
  backend: backendPorts.queue,
  runner: runnerPorts.queue,
  backendPorts,
  runnerPorts,
});

export const openInMemory = async (): Promise<QueueUnderTest> => {
  const ports = createMemoryPorts();
  return queueUnderTest(ports, ports);
};

/** A fresh, empty queue for each test. */
export type Open = () => Promise<QueueUnderTest>;

export const HOUR_MS = 3_600_000;
export const LEASE_MS = 60_000;
export const KINDS = ["scrape.catalogue", "scrape.book", "scrape.book_range", "scrape.chapter", "narrate.chapter"];

export const bookTask = (options: Partial<Omit<NewTask, "kind">> = {}): NewTask => ({
  kind: "scrape.book",
  payload: { url: "http://book.example/1" },
  ...options,
});

export const narration = (chapter: number, options: Partial<Omit<NewTask, "kind">> = {}): NewTask => ({
  kind: "narrate.chapter",
  payload: { slug: "a-book", chapter, voice: "flite:rms" },
  ...options,
});

export const fenceOf = (task: Task): Fence => ({ taskId: task.id, lease: task.lease });

export const card = (id: string): RunnerCard => ({
  id,
  host: "here",
  pid: 1,
  version: "0",
  kinds: KINDS,
  concurrency: 4,
});

export const hourAgo = (): number => Date.now() - HOUR_MS;

/** A task of a kind that nobody of ours knows. */
export const taskOf = (kind: string, options: Partial<Omit<NewTask, "kind">> = {}): NewTask => ({
  kind,
  payload: {},
  ...options,
});

/** `leaseMs` 0 makes a lease that has run out already, so that nothing has to wait for it. */
export const claim = async (queue: QueueUnderTest, limit = 100, leaseMs = LEASE_MS): Promise<readonly Task[]> =>
  (await queue.runner.claim({ runner: "runner-a", kinds: KINDS, limit, leaseMs })).tasks;

/** As `claim`, with all that a request may say. */
export const claimBy = async (queue: QueueUnderTest, request: Partial<ClaimRequest> = {}): Promise<readonly Task[]> =>
  (await queue.runner.claim({ runner: "runner-a", kinds: KINDS, limit: 100, leaseMs: LEASE_MS, ...request })).tasks;

export const claimOne = async (queue: QueueUnderTest, leaseMs = LEASE_MS): Promise<Task> => {
  const [task] = await claim(queue, 1, leaseMs);
  if (!task) throw new Error("nothing was claimable");
  return task;
};

export const addOne = async (queue: QueueUnderTest, task: NewTask = bookTask()): Promise<Task> => {
  const [added] = await queue.backend.add([task]);
  if (!added) throw new Error("nothing was added");
  return added.task;
};

export const findOne = async (queue: QueueUnderTest, id: string): Promise<Task> => {
  const [task] = await queue.backend.find([id]);
  if (!task) throw new Error(`there is no task ${id}`);
  return task;
};

export const statusOf = async (queue: QueueUnderTest, id: string) => (await findOne(queue, id)).status;

export const actOnIds = (queue: QueueUnderTest, action: TaskAction, ...ids: string[]): Promise<ActionAnswer> =>
  queue.backendPorts.admin.act(action, { ids });

export const settleOne = async (queue: QueueUnderTest, task: Task, outcome: Outcome) => {
  const [settled] = await queue.runner.settle([{ ...fenceOf(task), outcome }]);
  return settled?.status ?? null;
};

export const done: Outcome = { type: "done", result: { booksFound: 1 } };
export const failure = (permanent = false): Extract<Outcome, { type: "fail" }> => ({
  type: "fail",
  error: { code: "UPSTREAM_ERROR", message: "HTTP 500", details: { status: 500 } },
  permanent,
});

/** Waits for its children, and is called once more when they are over. */
export const waitThenRun: Outcome = { type: "wait", then: "run" };

/** A parent that is added with its children; `next` says what comes when they are over. */
export const family = (children: readonly NewTree[], task: NewTask = bookTask(), next?: "run"): NewTree => ({
  ...task,
  children,
  ...(next && { then: next }),
});

export const narrations = (count: number): readonly NewTask[] =>
  Array.from({ length: count }, (_, index) => narration(index + 1));

export const childAt = (tree: AddedTree, index: number): AddedTree => {
  const child = tree.children[index];
  if (!child) throw new Error(`there is no child ${index}`);
  return child;
};

export type End = "done" | "failed" | "cancelled";

/** Ends a task whose lease is held. */
export const end = async (queue: QueueUnderTest, task: Task, as: End): Promise<void> => {
  if (as === "cancelled") await queue.backend.cancel([task.id]);
  expect(await settleOne(queue, task, as === "failed" ? failure(true) : done)).toBe(as);
};

/** Claims as many as there are ends, and ends each so, in the order of the claims. */
export const endNext = async (queue: QueueUnderTest, ...ends: readonly End[]): Promise<void> => {
  const tasks = await claim(queue, ends.length);
  for (const [index, as] of ends.entries()) {
    const task = tasks[index];
    if (!task) throw new Error(`there was nothing to be ${as}`);
    await end(queue, task, as);
  }
};

/** A parent that waits, and its children, claimed. */
export const waitingParent = async (queue: QueueUnderTest, children: number) => {
  await addOne(queue);
  const parent = await claimOne(queue);
  await queue.runner.add(
    Array.from({ length: children }, (_, index) => narration(index + 1)),
    fenceOf(parent),
  );
  expect(await settleOne(queue, parent, { type: "wait", result: { booksFound: 1 } })).toBe("waiting");
  return { parent, children: await claim(queue, children) };
};
