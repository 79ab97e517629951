import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCli } from "../../src/program.ts";
import type { Answer, FakeServer } from "./fake-server.ts";
import { lookAt, startFakeServer, taskOf } from "./fake-server.ts";

const KEY = "a-key-that-is-long-enough";
const BOOK = "https://novels.example/book/a";

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process, against `url`. */
const run = async (
  argv: readonly string[],
  url: string,
  more: { signal?: AbortSignal; env?: object } = {},
): Promise<Ran> => {
  const written = { out: "", err: "" };
  const sink = (name: "out" | "err") => ({ write: (text: string) => (written[name] += text) });
  const code = await runCli(argv, {
    env: { CHAPTERHOUSE_URL: url, CHAPTERHOUSE_API_KEY: KEY, ...more.env },
    out: sink("out"),
    err: sink("err"),
    pollMs: 1,
    interrupted: more.signal ?? new AbortController().signal,
    up: () => Promise.reject(new Error("nothing is to be started here")),
  });
  return { code, ...written };
};

const answering = (script: Readonly<Record<string, readonly Answer[]>>): Promise<FakeServer> => startFakeServer(script);

const running = taskOf({
  status: "running",
  progress: { done: 1, total: 4, unit: "pages", message: "", rate: null, eta: null },
});
const done = taskOf({ status: "done", result: { booksFound: 1, chaptersListed: 6, chaptersAdded: 6 } });
const failed = taskOf({
  status: "failed",
  children: { total: 6, done: 5, failed: 1, cancelled: 0 },
  error: { code: "CHILDREN_FAILED", message: "1 of 6 failed", details: {} },
});
const lostChapter = taskOf({
  id: "t7",
  kind: "scrape.chapter",
  status: "failed",
  payload: { url: `${BOOK}/7` },
  error: { code: "BLOCKED_CHALLENGE", message: "a challenge", details: {} },
});

describe("scrape", () => {
  test("waits until the task is done and prints its result, with the key on every call", async () => {
    await using server = await answering({
      "POST /api/scrape/book": [{ status: 202, body: { task: taskOf(), created: true } }],
      "GET /api/queues/t1": [{ body: lookAt(running) }, { body: lookAt(done) }],
    });
    const ran = await run(["scrape", BOOK, "--json"], server.url);
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.out)).toMatchObject({ task: done, created: true });
    expect(ran.err).toContain("1/4 pages");
    expect(server.calls[0]).toMatchObject({ body: { url: BOOK }, authorization: `Bearer ${KEY}` });
    expect(new Set(server.calls.map((call) => call.authorization))).toEqual(new Set([`Bearer ${KEY}`]));
  });

  test("--no-wait prints the task's id alone", async () => {
    await using server = await answering({ "POST /api/scrape/book": [{ body: { task: taskOf(), created: true } }] });
    expect(await run(["scrape", BOOK, "--no-wait"], server.url)).toEqual({ code: 0, out: "t1\n", err: "" });
    expect(server.calls).toHaveLength(1);
  });

  test.each([
    [["--from", "2", "--to", "5"], "POST /api/scrape/book/range", { url: BOOK, fromChapter: 2, toChapter: 5 }],
    [["--to", "5"], "POST /api/scrape/book/range", { url: BOOK, fromChapter: 1, toChapter: 5 }],
    [["--catalogue"], "POST /api/scrape/catalogue", { url: BOOK }],
  ])("%o asks %s", async (options, route, body) => {
    await using server = await answering({ [route]: [{ body: { task: taskOf(), created: true } }] });
    expect((await run(["scrape", BOOK, "--no-wait", ...options], server.url)).code).toBe(0);
    expect(server.calls[0]).toMatchObject({ route, body });
  });

  test.each(["failed", "done"] as const)(
    "a task that is %s with chapters missing ends with 1 and names them",
    async (status) => {
      await using server = await answering({
        "POST /api/scrape/book": [{ body: { task: { ...failed, status }, created: true } }],
        "GET /api/tasks": [{ body: { items: [lostChapter], nextCursor: null } }],
      });
      const ran = await run(["scrape", BOOK], server.url);
      expect(ran.code).toBe(1);
      expect(ran.out).toContain("CHILDREN_FAILED: 1 of 6 failed");
      expect(ran.err).toContain(`BLOCKED_CHALLENGE  ${BOOK}/7`);
      expect(server.calls[1]?.query).toMatchObject({ parent: "t1", status: "failed" });
    },
  );

  test("an interrupted wait leaves the task running and says how to cancel it", async () => {
    await using server = await answering({ "POST /api/scrape/book": [{ body: { task: running, created: true } }] });
    const ran = await run(["scrape", BOOK], server.url, { signal: AbortSignal.abort() });
    expect(ran.code).toBe(130);
    expect(ran.err).toContain("npm run chapterhouse -- cancel t1");
    expect(server.calls.map((call) => call.route)).toEqual(["POST /api/scrape/book"]);
  });
});

describe("listen", () => {
  const narration = (id: string, chapter: number, changes = {}) =>
    taskOf({ id, kind: "narrate.chapter", payload: { slug: "a", chapter, voice: "flite:slt" }, ...changes });
  const sums = { created: 2, alreadyLive: 0, alreadyNarrated: 1, notStored: 0 };

  test("narrates a range in a voice and waits for all of it", async () => {
    const ended = [narration("n3", 3, { status: "done" }), narration("n4", 4, { status: "done" })];
    await using server = await answering({
      "POST /api/audio/a": [{ body: { tasks: [narration("n3", 3), narration("n4", 4)], ...sums } }],
      "GET /api/queues/n3": [{ body: lookAt(ended[0] ?? done) }],
      "GET /api/queues/n4": [
        { body: lookAt(narration("n4", 4, { status: "running" })) },
        { body: lookAt(ended[1] ?? done) },
      ],
    });
    const ran = await run(["listen", "a", "3-5", "--voice", "flite:slt", "--json"], server.url);
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.out)).toMatchObject({ tasks: ended, ...sums });
    expect(server.calls[0]?.body).toEqual({ from: 3, to: 5, voice: "flite:slt" });
  });

  test("one failed narration makes it 1", async () => {
    const error = { code: "TEXT_EMPTY", message: "nothing to say", details: {} };
    const ended = narration("n3", 3, { status: "failed", error });
    await using server = await answering({ "POST /api/audio/a": [{ body: { tasks: [ended], ...sums } }] });
    const ran = await run(["listen", "a"], server.url);
    expect(ran.code).toBe(1);
    expect(ran.out).toContain("TEXT_EMPTY: nothing to say");
  });
});

describe("tasks and cancel", () => {
  test("tasks prints what was asked for, how far all of it is, and with --json the page as the API gave it", async () => {
    const half = { fraction: 0.509, rate: 0.5, eta: new Date(Date.now() + 720_000).toISOString() };
    const parent = { ...failed, status: "waiting" as const, error: null };
    const page = { items: [lookAt(parent, half).task, lookAt(running).task], nextCursor: "c2" };
    await using server = await answering({ "GET /api/queues": [{ body: page }] });
    const table = (await run(["tasks", "--status", "live", "--limit", "5"], server.url)).out.split("\n");
    expect(table[1]).toMatch(/^t1 +waiting +scrape\.book +6\/6 chapters +50 % +12 min +https:/);
    expect(table[2]).toMatch(/^t1 +running +scrape\.book +1\/4 pages +https:/);
    expect(server.calls[0]?.query).toEqual({ status: "live", limit: "5" });
    expect(JSON.parse((await run(["tasks", "--json"], server.url)).out)).toEqual(page);
  });

  test("tasks --all lists parts as well", async () => {
    const page = { items: [running, lostChapter], nextCursor: null };
    await using server = await answering({ "GET /api/tasks": [{ body: page }] });
    const table = (await run(["tasks", "--all", "--status", "failed"], server.url)).out.split("\n");
    expect(table[1]).toMatch(/^t1 +running +scrape\.book +1\/4 pages +25 % +https:/);
    expect(table[2]).toMatch(/^t7 +failed .*BLOCKED_CHALLENGE$/);
    expect(server.calls[0]?.query).toEqual({ status: "failed", limit: "20" });
  });

  test.each([
    [["tasks", "retry", "t1"], { cancelled: false }],
    [["tasks", "retry", "t1", "--cancelled"], { cancelled: true }],
  ])("%o asks for what failed again", async (argv, body) => {
    await using server = await answering({
      "POST /api/queues/t1/retry": [{ status: 202, body: taskOf({ status: "waiting" }) }],
    });
    expect(await run(argv, server.url)).toEqual({ code: 0, out: `waiting  ${BOOK}\n`, err: "" });
    expect(server.calls).toMatchObject([{ body }]);
  });

  test.each([
    [[], "Nothing is to be tried again. With --cancelled, what was cancelled is tried again too.\n"],
    [["--cancelled"], "Nothing is to be tried again.\n"],
  ])("retry %o of what did not fail says so", async (options, err) => {
    await using server = await answering({
      "POST /api/queues/t1/retry": [{ body: taskOf({ status: "done", kind: "count.words", payload: {} }) }],
    });
    const ran = await run(["tasks", "retry", "t1", ...options], server.url);
    expect(ran).toEqual({ code: 0, out: "done  count.words\n", err });
  });

  test("cancel prints what became of the task", async () => {
    const cancelling = taskOf({ status: "cancelling" });
    await using server = await answering({ "POST /api/tasks/t1/cancel": [{ body: cancelling }] });
    expect(await run(["cancel", "t1"], server.url)).toEqual({ code: 0, out: `cancelling  ${BOOK}\n`, err: "" });
  });
});

describe("follow", () => {
  test.each([
    [[], { what: "book", url: BOOK }],
    [["--catalogue", "--schedule", "0 4 * * *"], { what: "catalogue", url: BOOK, schedule: "0 4 * * *" }],
    [["--narrate", "flite:slt"], { what: "book", url: BOOK, narrate: "flite:slt" }],
  ])("%o prints the task of the first look", async (options, body) => {
    const followed = { id: "f1", what: "book", url: BOOK, schedule: "1 2 * * *", narrate: null };
    const times = { nextAt: "2026-01-03T02:01:00.000Z", lastAt: null, lastTask: null };
    const answer = { follow: { ...followed, ...times }, task_id: "t1", task: taskOf() };
    await using server = await answering({ "POST /api/follows": [{ status: 201, body: answer }] });
    const ran = await run(["follow", BOOK, ...options], server.url);
    expect(ran).toMatchObject({ code: 0, out: "t1\n" });
    expect(ran.err).toContain("2026-01-03T02:01");
    expect(server.calls).toMatchObject([{ body }]);
  });
});

describe("keys", () => {
  const key = {
    name: "reporter",
    scopes: ["read", "enqueue"],
    kinds: ["scrape.*"],
    createdAt: "2026-01-02T03:04:05.000Z",
    expiresAt: null,
    lastUsedAt: null,
  };

  test("add prints the secret alone on standard output", async () => {
    await using server = await answering({ "POST /api/keys": [{ status: 201, body: { ...key, secret: "chk_x" } }] });
    const argv = ["keys", "add", "reporter", "--scope", "read", "enqueue", "--kind", "scrape.*"];
    const ran = await run(argv, server.url);
    expect(ran).toMatchObject({ code: 0, out: "chk_x\n" });
    const { name, scopes, kinds } = key;
    expect(server.calls).toMatchObject([{ body: { name, scopes, kinds, expiresAt: null } }]);
  });

  test("list says what each may do, remove removes one", async () => {
    await using server = await answering({
      "GET /api/keys": [{ body: { items: [key] } }],
      "DELETE /api/keys/reporter": [{ status: 204, body: undefined }],
    });
    const listed = await run(["keys", "list"], server.url);
    expect(listed.out).toBe("reporter  read enqueue  scrape.*  does not expire  never used\n");
    expect(await run(["keys", "remove", "reporter"], server.url)).toMatchObject({ code: 0 });
    expect(server.calls.map(({ route }) => route)).toEqual(["GET /api/keys", "DELETE /api/keys/reporter"]);
  });
});

describe("what goes wrong has an exit code of its own", () => {
  const refusal = (status: number, code: string): Answer => ({ status, body: { code, message: "no", details: {} } });

  test.each([
    ["bad input", refusal(422, "ADDRESS_REFUSED"), 2, "ADDRESS_REFUSED"],
    ["a wrong key", refusal(401, "UNAUTHORIZED"), 2, "UNAUTHORIZED"],
    ["a store that is away", refusal(503, "STORE_UNREACHABLE"), 3, "STORE_UNREACHABLE"],
    ["a failing server", refusal(500, "INTERNAL"), 1, "INTERNAL"],
    ["a code of a later version", refusal(418, "TEAPOT"), 1, "INTERNAL"],
    ["an answer of something else", { body: { hello: "world" } }, 1, "INTERNAL"],
  ])("%s", async (_, answer, exit, code) => {
    await using server = await answering({ "POST /api/scrape/book": [answer] });
    const ran = await run(["scrape", BOOK, "--json"], server.url);
    expect(ran.code).toBe(exit);
    expect(JSON.parse(ran.out)).toMatchObject({ error: { code } });
  });

  test("no server is 3", async () => {
    const server = await answering({});
    await server[Symbol.asyncDispose]();
    const ran = await run(["tasks"], server.url);
    expect(ran.code).toBe(3);
    expect(ran.err).toContain("SERVER_UNREACHABLE");
  });

  test.each([
    [["dance"], 2],
    [["scrape"], 2],
    [["scrape", BOOK, "--from", "zero"], 2],
    [["scrape", BOOK, "--catalogue", "--from", "2"], 2],
    [["tasks", "--status", "asleep"], 2],
    [["listen", "a", "7-3"], 2],
    [["tasks", "retry"], 2],
    [["keys", "add", "reporter"], 2],
    [["keys", "add", "reporter", "--scope", "everything"], 2],
    [["follow", BOOK, "--catalogue", "--narrate", "flite:slt"], 2],
    [["--help"], 0],
  ])("%o is %i before any call", async (argv, code) => {
    await using server = await answering({});
    expect((await run(argv, server.url)).code).toBe(code);
    expect(server.calls).toEqual([]);
  });

  test("configuration that is wrong is named", async () => {
    const ran = await run(["tasks"], "http://127.0.0.1:9", { env: { CHAPTERHOUSE_API_KEY: "short" } });
    expect(ran.code).toBe(2);
    expect(ran.err).toContain("CHAPTERHOUSE_API_KEY");
  });
});

test("the address and the key come from the data folder when nothing names them", async () => {
  await using server = await answering({ "GET /api/queues": [{ body: { items: [], nextCursor: null } }] });
  const folder = await mkdtemp(join(tmpdir(), "chapterhouse-cli-"));
  try {
    await writeFile(join(folder, "url"), `${server.url}\n`);
    await writeFile(join(folder, "api-key"), "kept-in-the-data-folder\n");
    const env = { CHAPTERHOUSE_DATA: folder, CHAPTERHOUSE_URL: "", CHAPTERHOUSE_API_KEY: "" };
    expect((await run(["tasks"], "", { env })).out).toBe("No tasks.\n");
    expect(server.calls[0]?.authorization).toBe("Bearer kept-in-the-data-folder");
  } finally {
    await rm(folder, { recursive: true });
  }
});
