import { ChapterhouseError, type Outcome } from "@chapterhouse/domain";
import type { TaskEvents } from "../events.ts";
import type { ChildrenQuery, TaskContext, TaskLogger } from "../handler.ts";
import type { NewTask, TaskQueue } from "../ports.ts";
import type { ActiveTask } from "./active-task.ts";
import { checkedOutcome } from "./checked-outcome.ts";
import { type KindPlan, parsePayload, withRetryDelays } from "./kind-plans.ts";
import { outcomeOfAbort, outcomeOfThrow } from "./outcome.ts";
import { ProgressMeter } from "./progress-meter.ts";
import { childLogger, tellingLogger } from "./task-log.ts";

export interface HandlerSurroundings {
  readonly queue: TaskQueue;
  readonly plans: ReadonlyMap<string, KindPlan>;
  readonly runner: string;
  readonly log: TaskLogger;
  readonly events: TaskEvents;
  readonly now: () => number;
  readonly ticks: () => number;
  readonly random: () => number;
  /** The task has said something that the queue should hear soon. */
  readonly onReport: (active: ActiveTask) => void;
}

const MOST_CHECKPOINT = 64 * 1024;
const MOST_CHILDREN = 1000;

/** Runs a task's handler and says what came of it. Never rejects. */
export const runHandler = async (active: ActiveTask, around: HandlerSurroundings): Promise<Outcome> => {
  const { task, signal } = active;
  const { ticks, random, log } = around;
  const plan = around.plans.get(task.kind);
  try {
    signal.throwIfAborted();
    if (!plan) throw new ChapterhouseError("NO_HANDLER", `Nothing here does ${task.kind}`);
    const returned: unknown = await plan.handler(parsePayload(plan, task), contextOf(active, around));
    return withRetryDelays(checkedOutcome(returned, task, queueTime(active, ticks)), plan, task, log);
  } catch (thrown) {
    if (signal.aborted) return outcomeOfStopped(active, around);
    log.warn({ err: thrown, task: task.id, kind: task.kind }, "a task's handler threw");
    return withRetryDelays(outcomeOfThrow(thrown, queueTime(active, ticks), random), plan ?? {}, task, log);
  }
};

/** Of a task whose signal was aborted, whatever its handler says. */
export const outcomeOfStopped = ({ task, signal }: ActiveTask, { plans, log }: HandlerSurroundings): Outcome =>
  withRetryDelays(outcomeOfAbort(signal.reason, task), plans.get(task.kind) ?? {}, task, log);

/** Now by the queue's clock: this machine's may be hours off, and what is put off is put off by the queue's. */
const queueTime = ({ task, claimedAt }: ActiveTask, ticks: () => number): number =>
  Date.parse(task.startedAt ?? task.updatedAt) + ticks() - claimedAt;

const contextOf = (active: ActiveTask, around: HandlerSurroundings): TaskContext => {
  const { queue, runner, log, events, now, ticks, onReport } = around;
  const { task, fence, signal, reports } = active;
  const addTasks = (tasks: readonly NewTask[]) => queue.add(tasks);
  const meter = new ProgressMeter({ ticks, queueNow: () => queueTime(active, ticks) });
  const childrenOf = async (parent: string | null, { from = 0, limit = MOST_CHILDREN }: ChildrenQuery = {}) =>
    parent === null ? [] : queue.children(parent, { from, limit: Math.min(limit, MOST_CHILDREN) });
  let logger: TaskLogger | null = null;
  let taskLog: TaskLogger | null = null;
  const context: TaskContext = {
    task,
    fence,
    runner,
    signal,
    // Made when they are asked for: most tasks of a busy queue log nothing.
    get logger() {
      return (logger ??= childLogger(log, { task: task.id, kind: task.kind, attempt: task.attempts }));
    },
    get log() {
      return (taskLog ??= tellingLogger(context.logger, (level, message) => {
        reports.line({ at: now(), level, message });
        onReport(active);
      }));
    },
    lastAttempt: task.attempts >= task.maxAttempts,
    lanes: queue,
    progress: (report) => {
      const progress = meter.measure(report);
      reports.progress(progress);
      events.emit("task:progress", { runner, task, progress });
      onReport(active);
    },
    checkpoint: (value) => {
      reports.checkpoint(checkpointCopy(value));
      onReport(active);
    },
    addChildren: (tasks) => queue.add(tasks, fence),
    children: (query) => childrenOf(task.id, query),
    siblings: (query) => childrenOf(task.parent, query),
    addTasks,
    addTask: async (task) => {
      const [added] = await addTasks([task]);
      if (!added) throw new ChapterhouseError("INTERNAL", "The queue answered nothing");
      return added;
    },
  };
  return context;
};

/** As it is now, whatever the handler does to it later. */
const checkpointCopy = (value: unknown): unknown => {
  const text = JSON.stringify(value) ?? "null";
  if (Buffer.byteLength(text) <= MOST_CHECKPOINT) return JSON.parse(text);
  throw new ChapterhouseError("BAD_REQUEST", `A checkpoint is larger than ${MOST_CHECKPOINT} bytes`);
};
