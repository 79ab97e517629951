import { createHash } from "node:crypto";

const BOOKS = 200;
const BODIES = 100;
/** Letters and all; shorter texts ("To be continued") may well come twice. */
const SHORT = 300;

/**
 * The last bodies of the last books that this runner stored, to notice a site that answers every address with the same
 * page. Of one process and bounded: it catches runs of rubbish, it is no index of duplicates.
 */
export class RecentBodies {
  readonly #books = new Map<string, Map<string, string>>();

  /** The address of another chapter of the book with the same words; null when there is none. */
  twinOf(slug: string, url: string, text: string): string | null {
    const twin = text.length < SHORT ? undefined : this.#books.get(slug)?.get(digest(text));
    return twin === undefined || twin === url ? null : twin;
  }

  remember(slug: string, url: string, text: string): void {
    const bodies = this.#books.get(slug) ?? new Map<string, string>();
    this.#books.delete(slug);
    this.#books.set(slug, bodies.set(digest(text), url));
    trim(bodies, BODIES);
    trim(this.#books, BOOKS);
  }
}

const digest = (text: string) => createHash("sha256").update(text).digest("base64url");

/** Maps keep the order of insertion: the oldest goes. */
const trim = (map: Map<string, unknown>, most: number): void => {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
};
