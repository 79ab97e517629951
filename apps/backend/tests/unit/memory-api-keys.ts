import { type ApiKey, ChapterhouseError } from "@chapterhouse/domain";
import { type ApiKeys, digestOf, newSecret, USE_NOTED_MS } from "../../src/auth/api-keys.ts";

/** Keys in this process's memory. */
export const createMemoryApiKeys = (now: () => number): ApiKeys & { asked: number } => {
  const stored = new Map<string, { key: ApiKey; digest: string | null }>();
  const iso = () => new Date(now()).toISOString();
  return {
    asked: 0,
    async add({ name, scopes, kinds, expiresAt }) {
      if (stored.has(name)) throw new ChapterhouseError("API_KEY_EXISTS", `There is a key ${name}`);
      const secret = newSecret();
      const key = { name, scopes, kinds, expiresAt, createdAt: iso(), lastUsedAt: null };
      stored.set(name, { key, digest: digestOf(secret) });
      return { key, secret };
    },
    list: async () => [...stored.values()].map(({ key }) => key).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    async remove(name) {
      if (!stored.delete(name)) throw new ChapterhouseError("API_KEY_NOT_FOUND", `There is no key ${name}`);
    },
    async recognise(secret) {
      this.asked += 1;
      const digest = digestOf(secret);
      const found = [...stored.values()].find((each) => digest !== null && each.digest === digest);
      if (!found) return null;
      const { key } = found;
      const isDue = key.lastUsedAt === null || now() - Date.parse(key.lastUsedAt) >= USE_NOTED_MS;
      if (isDue) found.key = { ...key, lastUsedAt: iso() };
      return key;
    },
  };
};
