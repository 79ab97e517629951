import { API_KEY_SCOPES, type ApiKey, ChapterhouseError } from "@chapterhouse/domain";
import type { Connection } from "@chapterhouse/pocketbase";
import { z } from "zod";
import { type ApiKeys, USE_NOTED_MS, digestOf, newSecret } from "./api-keys.ts";

/** Times in ms since the epoch, 0 for none. */
const recordSchema = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(API_KEY_SCOPES)),
  kinds: z.array(z.string()).nullable(),
  created_at: z.int(),
  expires_at: z.int(),
  last_used_at: z.int(),
});
const pageSchema = z.object({ items: z.array(recordSchema) });
type KeyRecord = z.infer<typeof recordSchema>;

const RECORDS = "/api/collections/api_keys/records";
const MOST_KEYS = 500;

const iso = (time: number): string | null => (time > 0 ? new Date(time).toISOString() : null);

const toKey = ({ name, scopes, kinds, ...record }: KeyRecord): ApiKey => ({
  name,
  scopes,
  kinds,
  createdAt: new Date(record.created_at).toISOString(),
  expiresAt: iso(record.expires_at),
  lastUsedAt: iso(record.last_used_at),
});

const isNameTaken = (error: unknown): boolean =>
  error instanceof ChapterhouseError && z.looseObject({ name: z.unknown() }).safeParse(error.details["data"]).success;

/** Keys in the collection `api_keys`. `now` in ms since the epoch. */
export const createPocketBaseApiKeys = (connection: Connection, now: () => number): ApiKeys => {
  const search = async (filter: string, perPage: number): Promise<readonly KeyRecord[]> => {
    const query = new URLSearchParams({ filter, sort: "name", perPage: String(perPage), skipTotal: "true" });
    return pageSchema.parse(await connection.call("GET", `${RECORDS}?${query}`)).items;
  };
  const find = async (field: "name" | "digest", value: string): Promise<KeyRecord | undefined> =>
    (await search(connection.sdk.filter(`${field} = {:value}`, { value }), 1))[0];

  return {
    async add({ name, scopes, kinds, expiresAt }) {
      const secret = newSecret();
      const times = { created_at: now(), expires_at: expiresAt === null ? 0 : Date.parse(expiresAt), last_used_at: 0 };
      try {
        const draft = { name, digest: digestOf(secret), scopes, kinds, ...times };
        return { key: toKey(recordSchema.parse(await connection.call("POST", RECORDS, draft))), secret };
      } catch (cause) {
        if (!isNameTaken(cause)) throw cause;
        throw new ChapterhouseError("API_KEY_EXISTS", `There is a key ${name}`, { details: { name }, cause });
      }
    },

    list: async () => (await search("", MOST_KEYS)).map(toKey),

    async remove(name) {
      const record = await find("name", name);
      if (!record) throw new ChapterhouseError("API_KEY_NOT_FOUND", `There is no key ${name}`, { details: { name } });
      await connection.call("DELETE", `${RECORDS}/${record.id}`);
    },

    async recognise(secret) {
      const digest = digestOf(secret);
      const record = digest === null ? undefined : await find("digest", digest);
      if (!record) return null;
      const used = now();
      if (used - record.last_used_at >= USE_NOTED_MS) {
        // Nobody is kept out because a note could not be made.
        await connection.call("PATCH", `${RECORDS}/${record.id}`, { last_used_at: used }).catch(() => {});
      }
      return toKey(record);
    },
  };
};
