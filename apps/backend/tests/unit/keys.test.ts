import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createAppUnderTest } from "./app-under-test.ts";

let stage: ReturnType<typeof createAppUnderTest>;
beforeEach(() => {
  stage = createAppUnderTest();
});
afterEach(() => stage.app.close());

const call = async (method: "GET" | "POST" | "DELETE", url: string, payload?: object, key?: string) => {
  const authorization = key === undefined ? stage.authorization : `Bearer ${key}`;
  const answer = await stage.app.inject({ method, url, headers: { authorization }, ...(payload && { payload }) });
  return { status: answer.statusCode, body: answer.body === "" ? null : answer.json() };
};
const make = async (more: object = {}) =>
  (await call("POST", "/api/keys", { name: "reporter", scopes: ["read"], ...more })).body.secret as string;

describe("a key", () => {
  test("is made with a secret that is told once, and is good at once", async () => {
    const made = await call("POST", "/api/keys", { name: "reporter", scopes: ["read", "read", "cancel"] });
    const facts = { name: "reporter", scopes: ["read", "cancel"], kinds: null, expiresAt: null, lastUsedAt: null };
    expect(made).toMatchObject({ status: 201, body: { ...facts, createdAt: "2026-01-01T00:00:00.000Z" } });
    expect(made.body.secret).toMatch(/^chk_[\w-]{43}$/);
    const list = await call("GET", "/api/keys");
    expect(list.body.items).toMatchObject([facts]);
    expect(JSON.stringify(list.body)).not.toContain("secret");
    expect((await call("GET", "/api/queues", undefined, made.body.secret)).status).toBe(200);
    expect(stage.lines.join("")).not.toContain(made.body.secret);
  });

  test("is told apart by all of its secret", async () => {
    const secret = await make();
    for (const wrong of [secret.slice(0, -1), `${secret}x`, secret.toUpperCase(), `chk_${"x".repeat(43)}`, "chk_"]) {
      expect((await call("GET", "/api/queues", undefined, wrong)).status).toBe(401);
    }
  });

  test("is looked up once in 30 s, and one that was removed elsewhere is refused by then", async () => {
    const secret = await make();
    for (let n = 0; n < 5; n += 1) await call("GET", "/api/queues", undefined, secret);
    expect(stage.apiKeys.asked).toBe(1);
    await stage.apiKeys.remove("reporter");
    stage.clock.now += 29_999;
    expect((await call("GET", "/api/queues", undefined, secret)).status).toBe(200);
    stage.clock.now += 1;
    expect((await call("GET", "/api/queues", undefined, secret)).status).toBe(401);
  });

  test("that is removed here is refused at once", async () => {
    const secret = await make();
    await call("GET", "/api/queues", undefined, secret);
    expect((await call("DELETE", "/api/keys/reporter")).status).toBe(204);
    expect((await call("GET", "/api/queues", undefined, secret)).status).toBe(401);
    expect(await call("DELETE", "/api/keys/reporter")).toMatchObject({
      status: 404,
      body: { code: "API_KEY_NOT_FOUND" },
    });
  });

  test("ends when it expires, to the moment", async () => {
    const secret = await make({ expiresAt: "2026-01-01T00:00:10Z" });
    stage.clock.now += 9999;
    expect((await call("GET", "/api/queues", undefined, secret)).status).toBe(200);
    stage.clock.now += 1;
    expect(await call("GET", "/api/queues", undefined, secret)).toMatchObject({
      status: 401,
      body: { code: "UNAUTHORIZED", message: "The key has expired" },
    });
  });

  test("says when it was used, to the minute", async () => {
    const secret = await make();
    const used = async () => (await call("GET", "/api/keys")).body.items[0].lastUsedAt;
    await call("GET", "/api/queues", undefined, secret);
    expect(await used()).toBe("2026-01-01T00:00:00.000Z");
    stage.clock.now += 45_000;
    await call("GET", "/api/queues", undefined, secret);
    expect(await used()).toBe("2026-01-01T00:00:00.000Z");
    stage.clock.now += 45_000;
    await call("GET", "/api/queues", undefined, secret);
    expect(await used()).toBe("2026-01-01T00:01:30.000Z");
  });

  test("is whom its tasks were added for", async () => {
    const secret = await make({ scopes: ["enqueue"], kinds: ["scrape.*"] });
    const body = { type: "scrape.book", meta: { url: "https://novels.example/a" } };
    expect((await call("POST", "/api/queues/tasks", body, secret)).body.task.createdBy).toBe("key:reporter");
  });

  test("with the scope operate makes keys itself; no other does", async () => {
    const operator = await make({ name: "operator", scopes: ["operate"] });
    const body = { name: "another", scopes: ["read"] };
    expect((await call("POST", "/api/keys", body, operator)).status).toBe(201);
    expect((await call("POST", "/api/keys", { ...body, name: "third" }, await make())).status).toBe(403);
  });

  test.each([
    [{ name: "host" }, 409, "API_KEY_EXISTS"],
    [{ name: "taken" }, 409, "API_KEY_EXISTS"],
    [{ name: "Upper" }, 400, "BAD_REQUEST"],
    [{ scopes: [] }, 400, "BAD_REQUEST"],
    [{ scopes: ["everything"] }, 400, "BAD_REQUEST"],
    [{ scopes: ["operate"], kinds: ["scrape.*"] }, 400, "BAD_REQUEST"],
    [{ kinds: [] }, 400, "BAD_REQUEST"],
    [{ expiresAt: "2025-12-31T23:59:59Z" }, 400, "BAD_REQUEST"],
    [{ expires: "2027-01-01T00:00:00Z" }, 400, "BAD_REQUEST"],
  ])("%j is refused: %i %s", async (more, status, code) => {
    await make({ name: "taken" });
    const answer = await call("POST", "/api/keys", { name: "reporter", scopes: ["read"], ...more });
    expect(answer).toMatchObject({ status, body: { code } });
  });
});
