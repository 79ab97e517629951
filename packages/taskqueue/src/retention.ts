import { setTimeout as delay } from "node:timers/promises";
import type { TaskLogger } from "./handler.ts";
import type { Admin, Retention } from "./ports.ts";
import { isUnreachable } from "./unreachable.ts";

const DAY_MS = 86_400_000;
const MOST_TASKS = 200_000;

/** Ended tasks without a parent are kept this long, and at most so many of each state; children go with them. */
export const DEFAULT_RETENTION: Retention = {
  done: { maxAgeMs: 30 * DAY_MS, maxCount: MOST_TASKS },
  failed: { maxAgeMs: 90 * DAY_MS, maxCount: MOST_TASKS },
  cancelled: { maxAgeMs: 30 * DAY_MS, maxCount: MOST_TASKS },
};

export interface RetentionOptions {
  readonly admin: Pick<Admin, "prune">;
  readonly log: TaskLogger;
  readonly policy?: Retention;
  /** From the end of one look to the start of the next; default 10 minutes. */
  readonly everyMs?: number;
  /** Between two calls while there is more to remove, so that other writes pass; default a quarter of a second. */
  readonly pauseMs?: number;
  /** Resolves after `ms`, rejects when aborted. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface RetentionLoop {
  /** Resolves when the call under way has ended; nothing is removed afterwards. */
  stop(): Promise<void>;
}

const waitFor = (ms: number, signal: AbortSignal): Promise<void> => delay(ms, undefined, { signal, ref: false });

/**
 * Removes ended tasks that are over the policy's limits, at once and then every `everyMs`, one call at a time. Any number
 * of backends may do so at once. A call that fails is logged and made up for by the next look.
 */
export const startRetention = ({
  admin,
  log,
  policy = DEFAULT_RETENTION,
  everyMs = 600_000,
  pauseMs = 250,
  wait = waitFor,
}: RetentionOptions): RetentionLoop => {
  const stopping = new AbortController();
  const { signal } = stopping;

  const look = async (): Promise<void> => {
    let removed = 0;
    try {
      for (let more = true; more && !signal.aborted;) {
        const pruned = await admin.prune(policy);
        removed += pruned.removed;
        more = pruned.more;
        if (more) await wait(pauseMs, signal);
      }
    } catch (error) {
      if (!signal.aborted) log[isUnreachable(error) ? "debug" : "warn"]({ err: error }, "cannot remove old tasks");
    }
    if (removed > 0) log.info({ removed }, "removed old tasks");
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      await look();
      // Rejects when it stops, which the loop sees by itself.
      await wait(everyMs, signal).catch(() => {});
    }
  };

  const ended = run();
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
};
