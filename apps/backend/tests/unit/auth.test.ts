import { ROUTES } from "@chapterhouse/domain";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { KEY, PASSWORD, createAppUnderTest } from "./app-under-test.ts";

let stage: ReturnType<typeof createAppUnderTest>;
beforeEach(async () => {
  stage = createAppUnderTest();
  await stage.app.ready();
});
afterEach(() => stage.app.close());

const signIn = (email = "member@example.org", password = PASSWORD, remoteAddress = "127.0.0.1") =>
  stage.app.inject({ method: "POST", url: ROUTES.signIn, payload: { email, password }, remoteAddress });

const cookieOf = (role: string) => `chapterhouse_session=token-of-${role}`;
const ownPage = { "sec-fetch-site": "same-origin" };
const book = { url: "https://novels.example/whale" };
const enqueued = async () => (await stage.queue.list({ limit: 10 })).items.length;

describe("a key", () => {
  test.each([
    ["none", undefined],
    ["a wrong one", "Bearer wrong-wrong-wrong-wrong"],
    ["the right one cut short", `Bearer ${KEY.slice(0, -1)}`],
    ["the right one and more", `Bearer ${KEY}x`],
    ["the right one as another scheme", `Basic ${KEY}`],
    ["the right one bare", KEY],
    ["an empty one", "Bearer "],
  ])("%s opens no route, on 127.0.0.1 either", async (_what, authorization) => {
    for (const { method, url } of everyRoute()) {
      const answer = await stage.app.inject({
        method,
        url,
        remoteAddress: "127.0.0.1",
        headers: { ...(authorization !== undefined && { authorization }) },
        ...(method === "POST" && { payload: book }),
      });
      expect({ url, status: answer.statusCode, code: answer.json().code }).toEqual({
        url,
        status: 401,
        code: "UNAUTHORIZED",
      });
    }
    expect(await enqueued()).toBe(0);
  });

  test("a wrong one beside a good cookie is still wrong", async () => {
    const headers = { authorization: "Bearer wrong-wrong-wrong", cookie: cookieOf("admin") };
    expect((await stage.app.inject({ url: ROUTES.status, headers })).statusCode).toBe(401);
  });

  test("without a key in the configuration no key is right", async () => {
    const keyless = createAppUnderTest({ apiKey: null });
    const answer = await keyless.app.inject({ url: ROUTES.status, headers: { authorization: "Bearer null" } });
    expect(answer.statusCode).toBe(401);
    await keyless.app.close();
  });

  test("the right one is nobody in particular", async () => {
    const headers = { authorization: stage.authorization };
    expect((await stage.app.inject({ url: ROUTES.me, headers })).json()).toEqual({ person: null });
  });
});

describe("people", () => {
  test("sign in, are known by the cookie, and sign out", async () => {
    const answer = await signIn();
    expect(answer.statusCode).toBe(200);
    expect(answer.json().person).toEqual({ id: "member", email: "member@example.org", name: "member", role: "member" });
    expect(answer.body).not.toContain("token-of");
    const [cookie] = answer.cookies;
    expect(cookie).toMatchObject({ name: "chapterhouse_session", httpOnly: true, sameSite: "Strict", path: "/" });
    const cookies = { chapterhouse_session: cookie?.value ?? "" };
    expect((await stage.app.inject({ url: ROUTES.me, cookies })).json().person.role).toBe("member");
    const out = await stage.app.inject({ method: "POST", url: ROUTES.signOut, cookies, headers: ownPage });
    expect(out.statusCode).toBe(204);
    expect(out.cookies[0]).toMatchObject({ name: "chapterhouse_session", value: "" });
  });

  test("over https the cookie travels by https alone", async () => {
    const headers = { "x-forwarded-proto": "https" };
    const payload = { email: "member@example.org", password: PASSWORD };
    const proxied = await stage.app.inject({ method: "POST", url: ROUTES.signIn, payload, headers });
    expect(proxied.cookies[0]?.secure).toBe(true);
    expect((await signIn()).cookies[0]?.secure).toBeUndefined();
  });

  test("with a wrong password get nothing, and nothing secret is logged", async () => {
    const answer = await signIn("member@example.org", "a wrong password");
    expect(answer.statusCode).toBe(401);
    expect(answer.cookies).toEqual([]);
    await signIn();
    expect(stage.lines.join("")).not.toMatch(/a wrong password|correct horse|token-of|a-key-of-the-tests/);
  });

  test("are looked up once in 30 s, and who was shut out is out by then", async () => {
    const look = () => stage.app.inject({ url: ROUTES.me, headers: { cookie: cookieOf("member") } });
    for (let n = 0; n < 5; n += 1) await look();
    expect(stage.people.asked).toBe(1);
    stage.people.shutOut.add("token-of-member");
    stage.clock.now += 30_000;
    expect((await look()).statusCode).toBe(401);
  });

  test.each([
    ["reader", "GET", ROUTES.books, 200],
    ["reader", "POST", ROUTES.scrapeBook, 403],
    ["member", "POST", ROUTES.scrapeBook, 202],
    ["member", "DELETE", "/api/books/nowhere", 403],
    ["admin", "DELETE", "/api/books/nowhere", 404],
  ] as const)("a %s may %s %s: %i", async (role, method, url, status) => {
    const headers = { cookie: cookieOf(role), ...ownPage };
    const answer = await stage.app.inject({ method, url, headers, ...(method === "POST" && { payload: book }) });
    expect(answer.statusCode).toBe(status);
    expect(await enqueued()).toBe(status === 202 ? 1 : 0);
  });
});

describe("requests with a cookie that change something", () => {
  test.each([
    ["of our own page", { "sec-fetch-site": "same-origin" }, 202],
    ["of another site", { "sec-fetch-site": "cross-site" }, 403],
    ["of a sister site", { "sec-fetch-site": "same-site" }, 403],
    ["typed into the address bar", { "sec-fetch-site": "none" }, 403],
    ["of our own origin", { origin: "http://localhost:80", host: "localhost:80" }, 403],
    ["of our own origin, in short", { origin: "http://localhost", host: "localhost" }, 202],
    ["of another origin", { origin: "http://evil.example", host: "localhost" }, 403],
    ["of a sandbox", { origin: "null", host: "localhost" }, 403],
    ["of nobody who says", {}, 403],
  ])("%s: %j answers %i", async (_what, headers, status) => {
    const answer = await stage.app.inject({
      method: "POST",
      url: ROUTES.scrapeBook,
      headers: { cookie: cookieOf("member"), ...headers },
      payload: book,
    });
    expect(answer.statusCode).toBe(status);
    expect(await enqueued()).toBe(status === 202 ? 1 : 0);
  });

  test("reading needs no such proof", async () => {
    const headers = { cookie: cookieOf("reader"), "sec-fetch-site": "cross-site" };
    expect((await stage.app.inject({ url: ROUTES.books, headers })).statusCode).toBe(200);
  });
});

describe("guessing", () => {
  test("one name from one address is slowed down, and told for how long", async () => {
    const answers = [];
    for (let n = 0; n < 11; n += 1) answers.push(await signIn("member@example.org", "guess"));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
    expect(answers.at(-1)?.json()).toMatchObject({ code: "TOO_MANY_REQUESTS", details: { retryAfterSeconds: 300 } });
    expect(answers.at(-1)?.headers["retry-after"]).toBe("300");
    expect((await signIn()).statusCode).toBe(429);
    expect((await signIn("member@example.org", PASSWORD, "192.0.2.1")).statusCode).toBe(200);
    stage.clock.now += 300_000;
    expect((await signIn()).statusCode).toBe(200);
  });

  test("many names from one address are slowed down as well", async () => {
    for (let n = 0; n < 50; n += 1) expect((await signIn(`name-${n}@example.org`, "guess")).statusCode).toBe(401);
    expect((await signIn()).statusCode).toBe(429);
  });

  test("one address cannot lock a name for all others, however often it tries", async () => {
    for (let n = 0; n < 120; n += 1) await signIn("member@example.org", "guess", "192.0.2.66");
    expect((await signIn("member@example.org", PASSWORD, "192.0.2.1")).statusCode).toBe(200);
  });
});

/** Every method and path that the app has under /api, but for signing in. */
function everyRoute() {
  const document = stage.app.swagger();
  return Object.entries(document.paths ?? {})
    .filter(([path]) => path.startsWith("/api/") && path !== ROUTES.signIn)
    .flatMap(([path, operations]) =>
      Object.keys(operations ?? {})
        .filter((method) => method !== "head")
        .map((method) => ({
          method: method.toUpperCase() as "GET" | "POST" | "DELETE",
          url: path.replace(/\{chapter\}/, "1").replace(/\{\w+\}/, "x"),
        })),
    );
}
