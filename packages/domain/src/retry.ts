/**
 * When a failed attempt is tried again: exponential with full jitter, `random() × exp(min(10, attempt))` seconds, at
 * least half a second (attempt 1: up to 2.7 s, 5: 2.5 min, 10 and later: 6.1 h).
 * `random` is in [0, 1). Source of the curve: Graphile Worker's documented backoff; the jitter is ours.
 */
export const retryDelayMs = (attempt: number, random: () => number = Math.random): number =>
  Math.max(500, Math.round(random() * Math.exp(Math.min(10, attempt)) * 1000));

/** A task whose runner vanished this often is failed as POISONED instead of being tried a further time. */
export const CRASH_LIMIT = 3;

export const DEFAULT_MAX_ATTEMPTS = 5;
