/** How far ahead of its handlers a worker may claim, in ms of their work. */
const AHEAD_MS = 200;

interface Situation {
  readonly slots: number;
  /** When the handlers that are at work began. */
  readonly startedAt: Iterable<number>;
  readonly now: number;
  readonly most: number;
}

/**
 * How fast handlers end, as far as that says what can be claimed ahead. One slow task counts at once for half of what is
 * expected of the next, fast ones are believed gradually: what is kept back from others must be started soon.
 */
export class Pace {
  #meanMs: number | null = null;

  ended(durationMs: number): void {
    const mean = this.#meanMs ?? durationMs;
    this.#meanMs = mean + (durationMs - mean) * (durationMs > mean ? 0.5 : 0.05);
  }

  /** How many tasks free slots will have taken in 200 ms. A slot that has been held for longer is not counted on. */
  ahead({ slots, startedAt, now, most }: Situation): number {
    if (this.#meanMs === null || most === 0) return 0;
    let free = slots;
    for (const at of startedAt) if (now - at > AHEAD_MS) free -= 1;
    return Math.min(most, Math.floor((free * AHEAD_MS) / Math.max(this.#meanMs, 0.01)));
  }
}
