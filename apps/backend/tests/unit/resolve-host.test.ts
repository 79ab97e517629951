import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createResolve } from "../../src/resolve-host.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a host has all the addresses that the resolver knows", async () => {
  const resolve = createResolve(async () => [{ address: "192.0.2.1" }, { address: "2001:db8::1" }]);
  expect(await resolve("novels.example")).toEqual(["192.0.2.1", "2001:db8::1"]);
  expect(vi.getTimerCount()).toBe(0);
});

test("the resolver's own refusal keeps its code", async () => {
  const refusal = Object.assign(new Error("no such host"), { code: "ENOTFOUND" });
  await expect(createResolve(() => Promise.reject(refusal))("nowhere.example")).rejects.toBe(refusal);
});

test("a resolver that says nothing is taken for one that is away", async () => {
  const waiting = createResolve(() => new Promise(() => {}))("novels.example");
  const refused = waiting.catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(3000);
  expect(await refused).toMatchObject({ code: "EAI_AGAIN" });
});
