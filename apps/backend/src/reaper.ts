import type { TaskQueue } from "@chapterhouse/taskqueue";
import type { FastifyBaseLogger } from "fastify";

const EVERY_MS = 5000;

/**
 * Takes back the tasks of runners that vanished. Runners do it too; when all of them are dead, the backend is the one
 * who must. Answers how to stop.
 */
export const startReaper = (queue: TaskQueue, log: FastifyBaseLogger, everyMs = EVERY_MS): (() => void) => {
  let busy = false;
  const reap = async () => {
    if (busy) return;
    busy = true;
    try {
      const { pending, failed, cancelled } = await queue.reap(0);
      if (pending + failed + cancelled > 0) log.warn({ pending, failed, cancelled }, "took back tasks of lost runners");
    } catch (err) {
      log.debug({ err }, "could not look for lost runners; trying again");
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => void reap(), everyMs);
  timer.unref();
  return () => clearInterval(timer);
};
