import { startTemporaryStore, type TemporaryStore } from "@chapterhouse/pocketbase";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ApiKeys } from "../../src/auth/api-keys.ts";
import { createPocketBaseApiKeys } from "../../src/auth/pocketbase-api-keys.ts";
import { createMemoryApiKeys } from "../unit/memory-api-keys.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const draft = { name: "reporter", scopes: ["read" as const], kinds: null, expiresAt: null };

let store: TemporaryStore;
beforeAll(async () => {
  store = await startTemporaryStore();
});
afterAll(() => store.stop());

/** Keys of a store without any, and a clock that the test moves. */
const open = async (create: (now: () => number) => ApiKeys) => {
  const clock = { now: START };
  const keys = create(() => clock.now);
  for (const { name } of await keys.list()) await keys.remove(name);
  return { keys, clock };
};

describe.each([
  ["memory", createMemoryApiKeys],
  ["PocketBase", (now: () => number) => createPocketBaseApiKeys(store.backend, now)],
] as const)("keys in %s", (_where, create) => {
  test("are recognised by their secret alone, with all that was said of them", async () => {
    const { keys } = await open(create);
    const whole = { ...draft, name: "shelf", scopes: ["enqueue" as const, "cancel" as const], kinds: ["scrape.*"] };
    const { key, secret } = await keys.add({ ...whole, expiresAt: "2027-01-01T00:00:00.000Z" });
    const times = { createdAt: new Date(START).toISOString(), expiresAt: "2027-01-01T00:00:00.000Z", lastUsedAt: null };
    expect(key).toEqual({ ...whole, ...times });
    expect(await keys.recognise(secret)).toEqual(key);
    const other = await keys.add(draft);
    expect(other.secret).not.toBe(secret);
    expect(await keys.recognise(other.secret)).toMatchObject(draft);
    for (const wrong of ["", "shelf", `${secret}x`, secret.slice(0, -1), `chk_${"x".repeat(43)}`, "' || '1'='1"]) {
      expect(await keys.recognise(wrong)).toBeNull();
    }
  });

  test("are listed by name; each name once, until it is removed", async () => {
    const { keys } = await open(create);
    const { secret } = await keys.add(draft);
    await keys.add({ ...draft, name: "a" });
    await expect(keys.add(draft)).rejects.toMatchObject({ code: "API_KEY_EXISTS" });
    expect((await keys.list()).map(({ name }) => name)).toEqual(["a", "reporter"]);
    await keys.remove("reporter");
    expect(await keys.recognise(secret)).toBeNull();
    await expect(keys.remove("reporter")).rejects.toMatchObject({ code: "API_KEY_NOT_FOUND" });
    expect(await keys.recognise((await keys.add(draft)).secret)).toMatchObject(draft);
  });

  test("say when they were used, at most once a minute", async () => {
    const { keys, clock } = await open(create);
    const { secret } = await keys.add(draft);
    const used = async () => (await keys.list())[0]?.lastUsedAt;
    const at = (ms: number) => new Date(START + ms).toISOString();
    await keys.recognise(secret);
    expect(await used()).toBe(at(0));
    clock.now += 59_999;
    await keys.recognise(secret);
    expect(await used()).toBe(at(0));
    clock.now += 1;
    await keys.recognise(secret);
    expect(await used()).toBe(at(60_000));
  });
});

test("what PocketBase keeps is a digest, and only the backend's account reads it", async () => {
  const { keys } = await open((now) => createPocketBaseApiKeys(store.backend, now));
  const { secret } = await keys.add(draft);
  const records = await store.superuser.sdk.collection("api_keys").getFullList();
  expect(JSON.stringify(records)).not.toContain(secret.slice(4));
  expect(records).toMatchObject([{ name: "reporter", digest: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
  const asRunner = store.runner.sdk.collection("api_keys");
  expect(await asRunner.getFullList()).toEqual([]);
  const forged = { ...records[0], name: "forged", digest: "0".repeat(64) };
  await expect(asRunner.create(forged)).rejects.toMatchObject({ status: 400 });
  await expect(asRunner.delete(records[0]?.id ?? "")).rejects.toMatchObject({ status: 404 });
});
