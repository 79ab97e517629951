import { afterEach, describe, expect, test, vi } from "vitest";
import { path, request, revalidating } from "../../src/api/request.ts";

afterEach(() => vi.unstubAllGlobals());

/** Answers the calls one after the other and keeps what was asked. */
const answering = (...answers: (() => Response)[]) => {
  const asked: { url: string; init: RequestInit }[] = [];
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    asked.push({ url, init });
    const answer = answers[asked.length - 1];
    return answer === undefined ? Promise.reject(new TypeError("refused")) : Promise.resolve(answer());
  });
  return asked;
};

test.each([
  [path("/api/books/:slug", { slug: "a/b" }), "/api/books/a%2Fb"],
  [path("/api/books", {}, { q: "a & b", cursor: null, limit: 5 }), "/api/books?q=a+%26+b&limit=5"],
  [path("/api/books", {}, { q: "" }), "/api/books"],
])("path %s", (made, expected) => expect(made).toBe(expected));

describe("a call", () => {
  test("sends its body as JSON and gives the answer's document", async () => {
    const asked = answering(() => Response.json({ ok: 1 }, { status: 202 }));
    expect(await request("POST", "/api/x", { body: { a: 1 } })).toEqual({ ok: 1 });
    expect(asked[0]?.init).toMatchObject({ body: '{"a":1}', headers: { "content-type": "application/json" } });
  });

  test("without a body names no type, which the API would refuse", async () => {
    const asked = answering(() => new Response(null, { status: 204 }));
    expect(await request("POST", "/api/x")).toBeNull();
    expect(asked[0]?.init.headers).not.toHaveProperty("content-type");
  });

  test.each([
    [
      "the API's refusal",
      () => Response.json({ code: "BAD_URL", message: "no", details: { a: 1 } }, { status: 422 }),
      "BAD_URL",
      422,
    ],
    ["a proxy's page", () => new Response("<h1>Bad gateway</h1>", { status: 502 }), "UNREADABLE", 502],
    ["an answer that is not the API's, though 200", () => new Response("<html>"), "UNREADABLE", 200],
    ["no answer", undefined, "AWAY", 0],
  ])("fails on %s by its code", async (_, answer, code, status) => {
    answering(...(answer === undefined ? [] : [answer]));
    await expect(request("GET", "/api/x")).rejects.toMatchObject({ code, status });
  });

  test("that was given up is not a server that is away", async () => {
    const given = new AbortController();
    given.abort();
    answering();
    await expect(request("GET", "/api/x", { signal: given.signal })).rejects.toBeInstanceOf(TypeError);
  });
});

test("what has not changed is the very same object, asked for by its ETag", async () => {
  const tagged = (etag: string, n: number) => () => Response.json({ n }, { headers: { etag } });
  const asked = answering(tagged('"a"', 1), () => new Response(null, { status: 304 }), tagged('"b"', 2));
  const read = revalidating<{ n: number }>("/api/status");
  const first = await read();
  expect(await read()).toBe(first);
  expect(await read()).toEqual({ n: 2 });
  const tags = asked.map(({ init }) => (init.headers as Record<string, string>)["if-none-match"]);
  expect(tags).toEqual([undefined, '"a"', '"a"']);
});
