const WINDOW_MS = 5 * 60_000;
/** Tries in a window: of one address for one e-mail, of one address in all, and for one e-mail from everywhere. */
const TRIES = { pair: 10, address: 50, email: 100 };
const MOST_KEYS = 30_000;

/**
 * Slows down guessing of passwords. In this process's memory: with several backends each counts for itself.
 * Tries are counted before they are judged, so that many at once are no way around it.
 */
export class SignInLimiter {
  readonly #now: () => number;
  readonly #tries = new Map<string, { count: number; until: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Counts a try. Answers 0 when it may go on, else the seconds to wait. A try that one limit ends counts for none
   * after it: nobody alone locks a name for everyone else, nor pushes other counts out of this memory.
   */
  admit(address: string, email: string): number {
    const name = email.toLowerCase();
    const wait =
      this.#count(`address ${address}`, TRIES.address) ||
      this.#count(`pair ${address} ${name}`, TRIES.pair) ||
      this.#count(`email ${name}`, TRIES.email);
    return Math.ceil(wait / 1000);
  }

  /** A sign-in that succeeded: its tries no longer count. */
  forgive(address: string, email: string): void {
    this.#tries.delete(`pair ${address} ${email.toLowerCase()}`);
  }

  /** ms to wait; 0 while fewer than `most` tries were made. */
  #count(key: string, most: number): number {
    const now = this.#now();
    const known = this.#tries.get(key);
    if (known && known.until > now) {
      known.count += 1;
      return known.count > most ? known.until - now : 0;
    }
    this.#tries.delete(key);
    const [oldest] = this.#tries.keys();
    if (this.#tries.size >= MOST_KEYS && oldest !== undefined) this.#tries.delete(oldest);
    this.#tries.set(key, { count: 1, until: now + WINDOW_MS });
    return 0;
  }
}
