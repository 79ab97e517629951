import type { CronItem } from "@chapterhouse/domain";
import type { TaskEvents } from "../events.ts";
import type { TaskLogger } from "../handler.ts";
import type { Crontab } from "../ports.ts";
import { isUnreachable } from "../unreachable.ts";
import { Alarm } from "../worker/alarm.ts";
import { planFiring } from "./firings.ts";

export interface CronOptions {
  readonly crontab: Crontab;
  readonly log: TaskLogger;
  readonly events?: Pick<TaskEvents, "emit">;
  /** Whose events these are; null (default) for a process that runs no tasks. */
  readonly runner?: string | null;
  /** Longest time between two looks, in ms; default 30,000. New items and moved clocks are seen after it at the latest. */
  readonly pollMs?: number;
  /** Until the queue is asked again after it did not answer, in ms; default 2000. */
  readonly retryMs?: number;
  readonly random?: () => number;
}

export interface Cron {
  /** Fires nothing more once it resolves. */
  stop(): Promise<void>;
}

const POLL_MS = 30_000;
const RETRY_MS = 2000;
/** Schedulers sleep up to this much longer than they must, each its own part of it: most then find the work done. */
const SPREAD_MS = 200;

/**
 * Fires one due item; answers its next time, null when it could not be fired. A task that the queue refuses (its kind is
 * disabled) leaves the item due: it is tried at each look, and what it missed is then the catch-up's business.
 */
const fire = async (item: CronItem, now: number, options: CronOptions): Promise<number | null> => {
  const { crontab, events, log, runner = null } = options;
  const { identifier, nextAt } = item;
  if (nextAt === null) return null;
  try {
    const firing = planFiring({ ...item, nextAt }, now);
    if (await crontab.fireCron(firing)) {
      log.info({ identifier, tasks: firing.tasks.length, next: new Date(firing.next).toISOString() }, "cron fired");
      events?.emit("cron:fire", { runner, firing });
    }
    return firing.next;
  } catch (error) {
    if (isUnreachable(error)) throw error;
    log.error({ err: error, identifier }, "a cron item could not be fired");
    return null;
  }
};

/**
 * One look: fires what is due by the queue's clock. Any number of processes may look at once: each firing is one
 * caller's. Answers in how many ms something is due next, null when nothing is known to be. Throws `STORE_UNREACHABLE`.
 */
export const fireDueCron = async (options: CronOptions): Promise<number | null> => {
  const { now, due, nextAt } = await options.crontab.dueCron();
  const times = nextAt === null ? [] : [nextAt];
  for (const item of due) {
    const next = await fire(item, now, options);
    if (next !== null) times.push(next);
  }
  return times.length === 0 ? null : Math.min(...times) - now;
};

/**
 * Fires cron items for as long as it runs. Backends and runners all may run one: a time is fired once, whoever of them
 * are alive. It is the queue's clock that counts; the own one only measures sleep.
 */
export const startCron = (options: CronOptions): Cron => {
  const { log, pollMs = POLL_MS, retryMs = RETRY_MS, random = Math.random } = options;
  const alarm = new Alarm();
  const stopping = new AbortController();

  const look = async (): Promise<number> => {
    try {
      const ms = await fireDueCron(options);
      return Math.min(pollMs, ms ?? pollMs) + random() * SPREAD_MS;
    } catch (error) {
      log.warn({ err: error }, "cron could not ask the queue: it tries again");
      return retryMs;
    }
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) await alarm.sleep(await look());
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      alarm.ring();
      await running;
    },
  };
};
