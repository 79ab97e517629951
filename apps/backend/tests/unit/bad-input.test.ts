import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAppUnderTest, fillLibrary } from "./app-under-test.ts";

// One app for all that is refused: if any of it were enqueued, every case after it would show it.
const stage = createAppUnderTest();
beforeAll(() => fillLibrary(stage.library));
afterAll(() => stage.app.close());

interface Case {
  readonly what: string;
  readonly method?: "GET" | "POST" | "DELETE";
  readonly url: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly code: string;
}

const scrape = (what: string, url: unknown, status: number, code: string): Case => ({
  what,
  method: "POST",
  url: "/api/scrape/book",
  body: { url },
  status,
  code,
});

const refused = (address: string) => scrape(address, address, 422, "ADDRESS_REFUSED");
const post = (what: string, url: string, body: unknown, status: number, code: string): Case => ({
  what,
  method: "POST",
  url,
  body,
  status,
  code,
});
const get = (what: string, url: string, status: number, code: string): Case => ({ what, url, status, code });

const CASES: readonly Case[] = [
  // Passed over, it would try less again than was asked for.
  post("a misspelt field of trying again", "/api/queues/x/retry", { canceled: true }, 400, "BAD_REQUEST"),
  scrape("not a URL", "not a url", 422, "BAD_URL"),
  scrape("a path", "/etc/passwd", 422, "BAD_URL"),
  scrape("a file", "file:///etc/passwd", 422, "BAD_URL"),
  scrape("ftp", "ftp://novels.example/", 422, "BAD_URL"),
  scrape("javascript", "javascript:alert(1)", 422, "BAD_URL"),
  scrape("data", "data:text/html,x", 422, "BAD_URL"),
  scrape("credentials", "https://me:secret@novels.example/", 422, "BAD_URL"),
  scrape("no text", 42, 400, "BAD_REQUEST"),
  scrape("empty", "", 400, "BAD_REQUEST"),
  scrape("too long", `https://novels.example/${"x".repeat(2048)}`, 400, "BAD_REQUEST"),
  scrape("a name that nobody has", "https://nowhere.example/", 422, "HOST_UNRESOLVED"),
  ...[
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://127.0.0.1/",
    "http://127.0.0.1:4322/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/",
    "http://0.0.0.0/",
    "http://255.255.255.255/",
    "http://224.0.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b::a00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fc00::1]/",
    "http://[fd12:3456::1]/",
    "http://[ff02::1]/",
    "http://localhost/",
    "http://LOCALHOST:8080/",
    "http://localhost./",
    "http://app.localhost/",
    "http://inside.example/",
    "http://both.example/",
    "http://sixes.example/",
    "http://①②⑦.0.0.1/",
  ].map(refused),
  post("no body", "/api/scrape/book", undefined, 400, "BAD_REQUEST"),
  post("a list", "/api/scrape/book", [], 400, "BAD_REQUEST"),
  post("a private catalogue", "/api/scrape/catalogue", { url: "http://10.0.0.1/" }, 422, "ADDRESS_REFUSED"),
  post(
    "a range backwards",
    "/api/scrape/book/range",
    { url: "https://novels.example/", fromChapter: 5, toChapter: 4 },
    422,
    "RANGE_BACKWARDS",
  ),
  post(
    "a range from 0",
    "/api/scrape/book/range",
    { url: "https://novels.example/", fromChapter: 0, toChapter: 4 },
    400,
    "BAD_REQUEST",
  ),
  post(
    "half a range",
    "/api/scrape/book/range",
    { url: "https://novels.example/", fromChapter: 1 },
    400,
    "BAD_REQUEST",
  ),
  post(
    "a private range",
    "/api/scrape/book/range",
    { url: "http://[::1]/", fromChapter: 1, toChapter: 2 },
    422,
    "ADDRESS_REFUSED",
  ),
  post("an unknown voice", "/api/audio/the-whale/1", { voice: "flite:nobody" }, 422, "VOICE_UNKNOWN"),
  post("a voice that is no voice", "/api/audio/the-whale/1", { voice: "../../etc" }, 400, "BAD_REQUEST"),
  post("an unknown book's audio", "/api/audio/nowhere/1", {}, 404, "BOOK_NOT_FOUND"),
  post("an unknown chapter's audio", "/api/audio/the-whale/9", {}, 404, "CHAPTER_NOT_FOUND"),
  post("a chapter that is not here", "/api/audio/the-whale/3", {}, 409, "CHAPTER_NOT_STORED"),
  post("chapter zero", "/api/audio/the-whale/0", {}, 400, "BAD_REQUEST"),
  post("chapter NaN", "/api/audio/the-whale/one", {}, 400, "BAD_REQUEST"),
  post("audio backwards", "/api/audio/the-whale", { from: 3, to: 2 }, 422, "RANGE_BACKWARDS"),
  post("audio past the last chapter", "/api/audio/the-whale", { from: 90, to: 99 }, 404, "CHAPTER_NOT_FOUND"),
  post("all audio in no voice", "/api/audio/the-whale", { voice: "edge:nobody" }, 422, "VOICE_UNKNOWN"),
  post("all audio of no book", "/api/audio/nowhere", {}, 404, "BOOK_NOT_FOUND"),
  post("cancelling no task", "/api/tasks/nowhere/cancel", undefined, 404, "TASK_NOT_FOUND"),
  get("an unknown task", "/api/tasks/nowhere", 404, "TASK_NOT_FOUND"),
  get("an unknown book", "/api/books/nowhere", 404, "BOOK_NOT_FOUND"),
  get("a book with a strange name", "/api/books/..%2F..%2Fetc", 404, "BOOK_NOT_FOUND"),
  get("an unknown book's chapters", "/api/books/nowhere/chapters", 404, "BOOK_NOT_FOUND"),
  get("an unknown chapter", "/api/books/the-whale/chapters/4", 404, "CHAPTER_NOT_FOUND"),
  get("a chapter of an unknown book", "/api/books/nowhere/chapters/1", 404, "BOOK_NOT_FOUND"),
  get("no cover", "/api/books/the-whale/cover", 404, "COVER_NOT_FOUND"),
  get("an unknown narration", "/api/narrations/nowhere", 404, "NARRATION_NOT_FOUND"),
  get("an unknown narration's audio", "/api/narrations/nowhere/audio", 404, "NARRATION_NOT_FOUND"),
  get("too much at once", "/api/tasks?limit=501", 400, "BAD_REQUEST"),
  get("a status that is none", "/api/tasks?status=sleeping", 400, "BAD_REQUEST"),
  get("a cursor that is none", "/api/books?cursor=nonsense!", 400, "BAD_REQUEST"),
  get("an unknown route", "/api/nowhere", 404, "ROUTE_NOT_FOUND"),
  get("an unknown page, as there is no web page here", "/nowhere", 404, "ROUTE_NOT_FOUND"),
  get("a bad escape", "/api/books/%E0%A4%A", 400, "BAD_REQUEST"),
  { what: "removing no book", method: "DELETE", url: "/api/books/nowhere", status: 404, code: "BOOK_NOT_FOUND" },
];

const enqueued = async () => (await stage.queue.list({ limit: 10 })).items;

describe("bad input is answered with its code, and nothing is enqueued", () => {
  test.each(CASES)("$what: $status $code", async ({ method = "GET", url, body, status, code }) => {
    const answer = await stage.app.inject({
      method,
      url,
      headers: { authorization: stage.authorization },
      ...(body !== undefined && { payload: body as object }),
    });
    expect(answer.json()).toMatchObject({ code, message: expect.any(String), details: expect.any(Object) });
    expect(answer.statusCode).toBe(status);
    expect(await enqueued()).toEqual([]);
  });

  const raw: [string, string | Buffer, string, number, string][] = [
    ["a 10 MB body", JSON.stringify({ url: "x".repeat(10_000_000) }), "application/json", 413, "BODY_TOO_LARGE"],
    ["broken JSON", "{", "application/json", 400, "BAD_REQUEST"],
    ["a prototype in JSON", '{"__proto__": {"url": 1}}', "application/json", 400, "BAD_REQUEST"],
    ["a form", "url=https://novels.example/", "application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA_TYPE"],
    ["plain text", "https://novels.example/", "text/plain", 415, "UNSUPPORTED_MEDIA_TYPE"],
    ["bytes", Buffer.from([0xff, 0xfe]), "application/octet-stream", 415, "UNSUPPORTED_MEDIA_TYPE"],
  ];
  test.each(raw)("%s", async (_what, payload, type, status, code) => {
    const answer = await stage.app.inject({
      method: "POST",
      url: "/api/scrape/book",
      headers: { authorization: stage.authorization, "content-type": type },
      payload,
    });
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ code, details: expect.any(Object) });
    expect(await enqueued()).toEqual([]);
  });

  test("what is wrong is named", async () => {
    const answer = await stage.app.inject({
      method: "POST",
      url: "/api/scrape/book/range",
      headers: { authorization: stage.authorization },
      payload: { url: "https://novels.example/", fromChapter: "one", toChapter: 2 },
    });
    const { message, details } = answer.json();
    expect(details).toEqual({
      in: "body",
      issues: [{ path: "/fromChapter", message: expect.stringContaining("number") }],
    });
    expect(message).toBe(`The body is not as it should be: /fromChapter ${details.issues[0].message}`);
  });
});

test("an address on the allow-list, and one whose resolver is out of reach, are taken", async () => {
  const own = createAppUnderTest();
  for (const url of ["http://127.0.0.1:4321/book", "https://resolver-away.example/book"]) {
    const answer = await own.app.inject({
      method: "POST",
      url: "/api/scrape/book",
      headers: { authorization: own.authorization },
      payload: { url },
    });
    expect(answer.statusCode).toBe(202);
  }
  await own.app.close();
});

test("from 500 up the message stays in the log", async () => {
  const own = createAppUnderTest();
  own.library.getBook = async () => {
    throw new Error("the secret of the cellar");
  };
  const answer = await own.app.inject({ url: "/api/books/x", headers: { authorization: own.authorization } });
  expect(answer.statusCode).toBe(500);
  expect(answer.json()).toEqual({
    code: "INTERNAL",
    message: expect.any(String),
    details: { requestId: expect.any(String) },
  });
  expect(answer.body).not.toContain("cellar");
  expect(own.lines.join("")).toContain("the secret of the cellar");
  await own.app.close();
});

test.each([
  ["no HTTP at all", "HELO mail.example\r\n\r\n", "400"],
  ["headers without end", `GET / HTTP/1.1\r\nX: ${"x".repeat(70_000)}\r\n\r\n`, "431"],
])("%s is answered in the one shape too", async (_what, bytes, status) => {
  const own = createAppUnderTest();
  const { port } = new URL(await own.app.listen({ host: "127.0.0.1", port: 0 }));
  const socket = connect(Number(port), "127.0.0.1").end(bytes);
  const [head = "", body = ""] = (await text(socket)).split("\r\n\r\n");
  expect(head).toContain(`HTTP/1.1 ${status} `);
  expect(JSON.parse(body)).toEqual({ code: "BAD_REQUEST", message: expect.any(String), details: {} });
  await own.app.close();
});
