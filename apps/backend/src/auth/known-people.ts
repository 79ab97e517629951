import { createHash } from "node:crypto";
import type { Person } from "@chapterhouse/domain";
import type { People } from "./people.ts";

/** How long a token that was good is taken for good without asking: a person who was shut out stays in that long. */
const KNOWN_MS = 30_000;
const MOST_KNOWN = 1000;

/** Remembers whose token it was for a short while. Keeps digests only. */
export class KnownPeople {
  readonly #people: People;
  readonly #now: () => number;
  readonly #known = new Map<string, { person: Person; until: number }>();

  constructor(people: People, now: () => number) {
    this.#people = people;
    this.#now = now;
  }

  /** Null: the token is no longer good. Throws `STORE_UNREACHABLE`. */
  async recognise(token: string): Promise<Person | null> {
    const key = digest(token);
    const known = this.#known.get(key);
    if (known && known.until > this.#now()) return known.person;
    this.#known.delete(key);
    const person = await this.#people.recognise(token);
    if (person) this.#remember(key, person);
    return person;
  }

  forget(token: string): void {
    this.#known.delete(digest(token));
  }

  #remember(key: string, person: Person): void {
    const [oldest] = this.#known.keys();
    if (this.#known.size >= MOST_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(key, { person, until: this.#now() + KNOWN_MS });
  }
}

const digest = (token: string) => createHash("sha256").update(token).digest("base64");
