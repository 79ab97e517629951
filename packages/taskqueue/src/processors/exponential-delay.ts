const LONGEST_MS = 3_600_000;

/** ms before the next attempt: `firstMs`, then twice as long each time, an hour at most. No jitter: the seed's numbers. */
export const exponentialDelay =
  (firstMs: number) =>
  (attempt: number): number =>
    Math.min(LONGEST_MS, firstMs * 2 ** Math.min(30, Math.max(0, attempt - 1)));
