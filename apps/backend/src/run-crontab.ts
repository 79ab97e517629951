import { setTimeout as delay } from "node:timers/promises";
import { type CronSpec, toChapterhouseError } from "@chapterhouse/domain";
import { type Crontab, saveCronItems, startCron } from "@chapterhouse/taskqueue";
import type { FastifyBaseLogger } from "fastify";

const RETRY_MS = 2000;

export interface CrontabRun {
  readonly crontab: Crontab;
  /** All items of the crontab's file. */
  readonly items: readonly CronSpec[];
  readonly log: FastifyBaseLogger;
  readonly signal: AbortSignal;
}

/** True when they are stored, false when they are refused or it was told to stop. */
const store = async ({ crontab, items, log, signal }: CrontabRun): Promise<boolean> => {
  while (!signal.aborted) {
    try {
      await saveCronItems(crontab, "file", items, { exact: true });
      return true;
    } catch (err) {
      if (toChapterhouseError(err).code !== "STORE_UNREACHABLE") {
        log.error({ err }, "the crontab is refused: the schedule stays as it was");
        return false;
      }
      log.debug({ err }, "the crontab is not stored yet; trying again");
      await delay(RETRY_MS, undefined, { signal, ref: false }).catch(() => {});
    }
  }
  return false;
};

/**
 * Stores the crontab's items and removes those that it has no more; then fires what is due, from every source, until
 * `signal`. In this order: an item that was just taken out of the file must not fire once more. Never rejects.
 */
export const runCrontab = async (run: CrontabRun): Promise<void> => {
  await store(run);
  if (run.signal.aborted) return;
  const cron = startCron({ crontab: run.crontab, log: run.log });
  run.signal.addEventListener("abort", () => void cron.stop(), { once: true });
};
