import { ChapterhouseError, type Task } from "@chapterhouse/domain";
import type { Consumer, Settlement, TaskQueue } from "./ports.ts";
import { asAudioTask, asScrapeTask, AUDIO_TASK_KIND, SCRAPE_TASK_KINDS } from "./task-views.ts";

export interface ConsumerOptions {
  /** How long a claim holds without a heartbeat, in ms. */
  readonly leaseMs: number;
}

/**
 * The runner's view of the queue, one task at a time. The worker loop does the same in batches; this is for a runner
 * with a loop of its own.
 */
export const createConsumer = (queue: TaskQueue, { leaseMs }: ConsumerOptions): Consumer => {
  // The runner that claimed last: the port's heartbeat names a task alone, a card needs a name.
  let known = "consumer";
  const claim = async (runner: string, kinds: readonly string[]): Promise<Task | null> => {
    known = runner;
    const { tasks } = await queue.claim({ runner, kinds, limit: 1, leaseMs });
    return tasks[0] ?? null;
  };
  const settle = async (settlement: Settlement): Promise<void> => {
    const [settled] = await queue.settle([settlement]);
    if (settled?.status) return;
    const { taskId, lease } = settlement;
    throw new ChapterhouseError("LEASE_LOST", `Lease ${lease} of ${taskId} is gone`, { details: { taskId, lease } });
  };
  const card = () => ({
    id: known,
    host: "consumer",
    pid: 0,
    version: "consumer",
    kinds: [...SCRAPE_TASK_KINDS, AUDIO_TASK_KIND],
    concurrency: 1,
  });
  return {
    async claimNextScrapeTask(runner) {
      const task = await claim(runner, SCRAPE_TASK_KINDS);
      return task && asScrapeTask(task);
    },
    async claimNextAudioTask(runner) {
      const task = await claim(runner, [AUDIO_TASK_KIND]);
      return task && asAudioTask(task);
    },
    finishScrapeTask: (fence, result) => settle({ ...fence, outcome: { type: "done", result: { ...result } } }),
    finishAudioTask: (fence, result) => settle({ ...fence, outcome: { type: "done", result: { ...result } } }),
    failTask: (fence, message) =>
      settle({ ...fence, outcome: { type: "fail", error: { code: "INTERNAL", message, details: {} } } }),
    async heartbeatTask(fence) {
      const { lost } = await queue.heartbeat(card(), leaseMs, [fence]);
      if (lost.length === 0) return;
      throw new ChapterhouseError("LEASE_LOST", `Lease ${fence.lease} of ${fence.taskId} is gone`);
    },
    async reapStaleTasks(staleAfter) {
      const { pending, failed, cancelled } = await queue.reap(staleAfter);
      return pending + failed + cancelled;
    },
  };
};
