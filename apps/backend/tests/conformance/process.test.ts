import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AddressInfo, connect, createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createPocketBaseLibrary, textHash } from "@chapterhouse/library";
import { createPocketBaseQueue } from "@chapterhouse/taskqueue";
import { type TemporaryStore, startTemporaryStore } from "@chapterhouse/pocketbase";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// The backend as it runs: its own process, a real PocketBase, real HTTP.
const KEY = "a-key-of-the-tests-0123456789";
const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

let store: TemporaryStore;
let backend: ChildProcess;
let url: string;
const logged: string[] = [];

const start = async (env: Record<string, string>) => {
  const child = spawn(process.execPath, [MAIN], { env, stdio: ["ignore", "pipe", "pipe"] });
  createInterface({ input: child.stderr }).on("line", (line) => logged.push(line));
  const said = createInterface({ input: child.stdout });
  const [line] = (await once(said, "line")) as [string];
  return { child, line };
};

beforeAll(async () => {
  store = await startTemporaryStore();
  await mkdir(join(store.folder, "web"));
  await writeFile(join(store.folder, "web", "index.html"), "<title>Chapterhouse</title>");
  await writeFile(join(store.folder, "key"), `${KEY}\n`);
  const started = await start({
    CHAPTERHOUSE_PORT: "0",
    CHAPTERHOUSE_API_KEY_FILE: join(store.folder, "key"),
    POCKETBASE_URL: store.url,
    POCKETBASE_PASSWORD_FILE: join(store.folder, "secrets", "backend-password"),
    WEB_DIR: join(store.folder, "web"),
    SCRAPE_ALLOW: "127.0.0.1:4321",
    LOG_LEVEL: "debug",
  });
  backend = started.child;
  url = started.line.replace(/^ready /, "");
});
afterAll(async () => {
  if (backend.exitCode === null) backend.kill("SIGKILL");
  await store.stop();
});

type Init = Omit<RequestInit, "headers"> & { headers?: Record<string, string> };
const ask = (path: string, init: Init = {}) =>
  fetch(url + path, { ...init, headers: { authorization: `Bearer ${KEY}`, ...init.headers } });
const json = async (path: string, init?: Init) => (await ask(path, init)).json() as Promise<Record<string, unknown>>;
const post = (body: unknown) => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

const publishNarration = async (bytes: number) => {
  const task = await store.superuser.sdk
    .collection("tasks")
    .create({ kind: "scrape.book", lane: "default", status: "running", lease: 1, runner: "r", max_attempts: 1 });
  const fence = { taskId: task.id, lease: 1 };
  const library = createPocketBaseLibrary(store.runner);
  const facts = { author: "", summary: "", genres: [], language: "", status: "unknown", source: "s" } as const;
  const address = "https://novels.example/b";
  const book = await library.saveBook({ url: address, title: "A book", ...facts, advertisedChapters: null }, fence);
  const { chapters } = await library.reconcileChapters(book.slug, [{ url: `${address}/1`, title: "1" }], fence);
  const chapterId = chapters[0]?.id ?? "";
  await library.publishChapter(chapterId, { html: "<p>Words.</p>", text: "Words." }, fence);
  const path = join(store.folder, "audio.mp3");
  await writeFile(path, Buffer.alloc(bytes, 7));
  const audio = { path, mimeType: "audio/mpeg" };
  const sound = { textHash: textHash("Words."), durationMs: 1000, loudnessLufs: -19, sentences: [] };
  return library.publishNarration({ chapterId, voice: "flite:rms", engine: "flite", ...sound, audio }, fence);
};

describe("a backend of its own process", () => {
  test("says where it is, serves the page and is ready", async () => {
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d+$/);
    expect(await (await fetch(url)).text()).toContain("Chapterhouse");
    expect(await json("/ready")).toEqual({ status: "ready", store: true });
  });

  test("adds a task once, shows it and cancels it", async () => {
    const body = post({ url: "http://127.0.0.1:4321/book" });
    const first = await json("/api/scrape/book", body);
    const again = await ask("/api/scrape/book", body);
    expect(again.status).toBe(200);
    expect(await again.json()).toMatchObject({ created: false, task: first["task"] });
    const { id } = first["task"] as { id: string };
    expect(await json("/api/tasks?status=live")).toMatchObject({
      items: [{ id, kind: "scrape.book" }],
      nextCursor: null,
    });
    expect(await json(`/api/tasks/${id}/cancel`, { method: "POST" })).toMatchObject({ status: "cancelled" });
  });

  test("a program with a key of its own adds a list, sees how far it is, tries again what failed, and stops it", async () => {
    const made = await json("/api/keys", post({ name: "shelf", scopes: ["read", "enqueue"], kinds: ["scrape.*"] }));
    const authorization = `Bearer ${String(made["secret"])}`;
    const as = (init: Init = {}): Init => ({ ...init, headers: { ...init.headers, authorization } });
    const items = ["a", "b", "c"].map((name) => ({ url: `http://127.0.0.1:4321/${name}` }));
    const added = await json("/api/queues/tasks", as(post({ type: "scrape.book", items })));
    expect(added).toMatchObject({ created: true, task: { status: "waiting", createdBy: "key:shelf" } });
    const job = `/api/queues/${String(added["task_id"])}`;

    const runner = createPocketBaseQueue(store.runner);
    const claim = { runner: "r", kinds: ["scrape.book"], limit: 1, leaseMs: 60_000 };
    const [task] = (await runner.claim(claim)).tasks;
    const error = { code: "LAYOUT_CHANGED", message: "no list", details: {} };
    const outcome = { type: "fail", error, permanent: true } as const;
    await runner.settle([{ taskId: task?.id ?? "", lease: task?.lease ?? 0, outcome }]);

    const detail = await json(`${job}?limit=2`, as());
    expect(detail).toMatchObject({
      task: { children: { total: 3, failed: 1 }, overall: { fraction: 1 / 3 } },
      items: [
        { index: 0, task: { id: task?.id, status: "failed", payload: items[0] } },
        { index: 1, task: { status: "pending", payload: items[1] } },
      ],
      next: 2,
    });
    expect(await json(`${job}/items/${task?.id}`, as())).toMatchObject({
      log: { items: [{ code: "LAYOUT_CHANGED" }] },
    });
    expect(await json("/api/queues?created_by=me&type=scrape.book", as())).toMatchObject({
      items: [{ id: added["task_id"], subject: "3 × scrape.book" }],
      nextCursor: null,
    });
    expect(await json(`${job}/retry`, as({ method: "POST" }))).toMatchObject({ children: { failed: 0 } });
    expect(await json(`${job}/cancel`, as({ method: "POST" }))).toMatchObject({ code: "FORBIDDEN" });
    expect(await json(`${job}/cancel`, { method: "POST" })).toMatchObject({
      status: "cancelled",
      children: { cancelled: 3 },
    });
    expect((await ask("/api/keys/shelf", { method: "DELETE" })).status).toBe(204);
    expect((await ask(job, as())).status).toBe(401);
  });

  test("a follow is a task at once, and a recurring one in its site's lane", async () => {
    const body = post({ url: "http://127.0.0.1:4321/followed" });
    const first = await ask("/api/follows", body);
    const { task_id, follow } = (await first.json()) as { task_id: string; follow: { id: string } };
    expect(first.status).toBe(201);
    expect(await json("/api/cron")).toMatchObject({
      items: [{ item: { identifier: `follow:${follow.id}`, lane: "host:127.0.0.1:4321", keyMode: "keep_first" } }],
    });
    const again = await ask("/api/follows", body);
    expect([again.status, await again.json()]).toMatchObject([200, { task_id }]);
    expect((await ask(`/api/follows/${follow.id}`, { method: "DELETE" })).status).toBe(204);
    expect(await json("/api/follows")).toEqual({ items: [] });
  });

  test("answers a body that is far too large, instead of hanging up on its sender", async () => {
    const answer = await ask("/api/scrape/book", post({ url: "x".repeat(10_000_000) }));
    expect([answer.status, await answer.json()]).toMatchObject([413, { code: "BODY_TOO_LARGE" }]);
  });

  test("lets the first person in, and nobody with a wrong password", async () => {
    const signIn = (password: string) => ask("/api/auth/sign-in", post({ email: store.admin.email, password }));
    const wrong = await signIn("wrong password here");
    expect([wrong.status, await wrong.json()]).toMatchObject([401, { code: "UNAUTHORIZED" }]);
    const right = await signIn(store.admin.password);
    expect(await right.json()).toMatchObject({ person: { email: store.admin.email, role: "admin" } });
    const [cookie = ""] = (right.headers.get("set-cookie") ?? "").split(";");
    const me = await fetch(`${url}/api/auth/me`, { headers: { cookie } });
    expect(await me.json()).toMatchObject({ person: { role: "admin" } });
    const forged = await fetch(`${url}/api/auth/me`, { headers: { cookie: `${cookie.slice(0, -2)}xx` } });
    expect(forged.status).toBe(401);
    expect(logged.join("\n")).not.toMatch(new RegExp(`${cookie.split("=")[1]}|${store.admin.password}|${KEY}`));
  });

  test("sends audio from the store, whole and in ranges", async () => {
    const { id } = await publishNarration(3_000_000);
    const whole = await ask(`/api/narrations/${id}/audio`);
    expect((await whole.arrayBuffer()).byteLength).toBe(3_000_000);
    const part = await ask(`/api/narrations/${id}/audio`, { headers: { range: "bytes=1000-1999" } });
    expect([part.status, part.headers.get("content-range")]).toEqual([206, "bytes 1000-1999/3000000"]);
    expect((await part.arrayBuffer()).byteLength).toBe(1000);
    const head = await ask(`/api/narrations/${id}/audio`, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, "3000000"]);
  });

  test("outlives its store, says that it is away, and goes on when it is back", async () => {
    await store.kill();
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect((await fetch(`${url}/ready`)).status).toBe(503);
    expect(await json("/api/books")).toMatchObject({
      code: "STORE_UNREACHABLE",
      details: { requestId: expect.any(String) },
    });
    await store.restart();
    expect((await fetch(`${url}/ready`)).status).toBe(200);
    expect((await ask("/api/books")).status).toBe(200);
  });

  test("ends within two seconds of SIGTERM, though someone listens", async () => {
    const { id } = await publishNarration(40_000_000);
    const listening = await ask(`/api/narrations/${id}/audio`);
    const reader = listening.body?.getReader();
    await reader?.read();
    const asked = performance.now();
    backend.kill("SIGTERM");
    const [code] = await once(backend, "exit");
    expect(code).toBe(0);
    expect(performance.now() - asked).toBeLessThan(2000);
    await reader?.cancel().catch(() => {});
  });

  test("that is told to stop lets go of a WebSocket that waits for a silent store", async () => {
    const asked = Promise.withResolvers<void>();
    const silent = createServer((from) => {
      from.on("data", (data: Buffer) => {
        if (data.includes("auth-refresh")) asked.resolve();
      });
    });
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { child, line } = await start({
      CHAPTERHOUSE_PORT: "0",
      POCKETBASE_URL: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
      POCKETBASE_PASSWORD: "a-password-of-the-tests",
    });
    const socket = connect(Number(new URL(line.replace(/^ready /, "")).port), "127.0.0.1");
    const head = ["GET /ws/queues HTTP/1.1", "Host: x", "Connection: Upgrade", "Upgrade: websocket"];
    socket.write([...head, "Cookie: chapterhouse_session=token", "", ""].join("\r\n"));
    await asked.promise;
    child.kill("SIGTERM");
    let said = "";
    for await (const piece of socket) said += String(piece);
    child.kill("SIGKILL");
    silent.close();
    // Not kept until the store was given up, which would be told here.
    expect(said).toBe("");
  });

  test("that is not configured says which variable, and nothing else", async () => {
    const child = spawn(process.execPath, [MAIN], {
      env: { CHAPTERHOUSE_PORT: "nine" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (piece: Buffer) => (said += piece.toString()));
    const [code] = await once(child, "close");
    expect(code).toBe(1);
    expect(said).toContain("CHAPTERHOUSE_PORT");
    expect(said).toContain("POCKETBASE_URL");
    expect(said.trim().split("\n")).toHaveLength(1);
  });
});
