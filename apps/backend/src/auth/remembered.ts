import { createHash } from "node:crypto";

/** How long what was found is taken for good without asking: who was shut out stays in that long. */
const KNOWN_MS = 30_000;
const MOST_KNOWN = 1000;

/** Remembers for a short while whose secret it was. Keeps digests only. */
export class Remembered<T> {
  readonly #ask: (secret: string) => Promise<T | null>;
  readonly #now: () => number;
  readonly #known = new Map<string, { found: T; until: number }>();

  constructor(ask: (secret: string) => Promise<T | null>, now: () => number) {
    this.#ask = ask;
    this.#now = now;
  }

  /** Null: the secret is no longer good. Throws what asking throws. */
  async recognise(secret: string): Promise<T | null> {
    const key = digest(secret);
    const known = this.#known.get(key);
    if (known && known.until > this.#now()) return known.found;
    this.#known.delete(key);
    const found = await this.#ask(secret);
    if (found) this.#remember(key, found);
    return found;
  }

  forget(secret: string): void {
    this.#known.delete(digest(secret));
  }

  forgetAll(): void {
    this.#known.clear();
  }

  #remember(key: string, found: T): void {
    const [oldest] = this.#known.keys();
    if (this.#known.size >= MOST_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(key, { found, until: this.#now() + KNOWN_MS });
  }
}

const digest = (secret: string) => createHash("sha256").update(secret).digest("base64");
