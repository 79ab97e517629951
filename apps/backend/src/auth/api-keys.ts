import { createHash, randomBytes } from "node:crypto";
import type { ApiKey } from "@chapterhouse/domain";

export type NewApiKey = Pick<ApiKey, "name" | "scopes" | "kinds" | "expiresAt">;

/** Keys of programs. Kept is a digest: the secret is told once and cannot be found again. */
export interface ApiKeys {
  /** Throws `API_KEY_EXISTS`. */
  add(key: NewApiKey): Promise<{ readonly key: ApiKey; readonly secret: string }>;
  /** By name. */
  list(): Promise<readonly ApiKey[]>;
  /** Throws `API_KEY_NOT_FOUND`. */
  remove(name: string): Promise<void>;
  /** Null: nobody's. Notes that it was used, at most once a minute. An expired one is answered as well. */
  recognise(secret: string): Promise<ApiKey | null>;
}

const SECRET = /^chk_[\w-]{43}$/;

/** 256 random bits; its beginning lets scanners of code and logs see what it is. */
export const newSecret = (): string => `chk_${randomBytes(32).toString("base64url")}`;

/**
 * What is kept of a secret, in hex; null for a text that never was one. A plain SHA-256 is enough where what it hides is
 * random, and looking it up by an index says nothing of how near a guess was.
 */
export const digestOf = (secret: string): string | null =>
  SECRET.test(secret) ? createHash("sha256").update(secret).digest("hex") : null;

/** Times of use are noted to the minute. */
export const USE_NOTED_MS = 60_000;
