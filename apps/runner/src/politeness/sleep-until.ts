import { setTimeout as sleep } from "node:timers/promises";

/** Resolves at `at` (ms since the epoch), at once when that is past. Throws the signal's reason when it is aborted. */
export const sleepUntil = async (at: number, now: () => number, signal: AbortSignal): Promise<void> => {
  signal.throwIfAborted();
  const wait = at - now();
  if (wait <= 0) return;
  await sleep(wait, undefined, { signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
};
