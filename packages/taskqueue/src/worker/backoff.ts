const FIRST_MS = 200;
const LAST_MS = 5000;

/** Waits between attempts to reach a queue that does not answer: doubling, with jitter, at most 5 s. */
export class Backoff {
  readonly #random: () => number;
  #failures = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  get isFailing(): boolean {
    return this.#failures > 0;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** How long to wait after a further failure, in ms. */
  failed(): number {
    const ceiling = Math.min(LAST_MS, FIRST_MS * 2 ** this.#failures);
    this.#failures += 1;
    return ceiling * (0.5 + this.#random() / 2);
  }
}
