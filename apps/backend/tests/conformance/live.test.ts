import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { LIVE_EVENTS, type LiveEvent, type LiveNotice, ROUTES } from "@chapterhouse/domain";
import { type TemporaryStore, startTemporaryStore } from "@chapterhouse/pocketbase";
import { createPocketBaseQueue, startWorker, type TaskQueue } from "@chapterhouse/taskqueue";
// oxlint-disable-next-line no-restricted-imports -- as browsers have it; our own code is what it is tried on
import { EventSource } from "eventsource";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";

// Live events as they run: PocketBase, a backend in a process of its own that dies and comes back, and clients as
// browsers have them.
const KEY = "a-key-of-the-tests-0123456789";
const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

let store: TemporaryStore;
let backend: ChildProcess;
let url: string;
let queue: TaskQueue;
const opened: { close(): void }[] = [];

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
};

const startBackend = async (port: number) => {
  backend = spawn(process.execPath, [MAIN], {
    env: {
      CHAPTERHOUSE_PORT: String(port),
      CHAPTERHOUSE_API_KEY: KEY,
      POCKETBASE_URL: store.url,
      POCKETBASE_PASSWORD: store.passwords.backend,
    },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = (await once(createInterface({ input: backend.stdout as NodeJS.ReadableStream }), "line")) as [string];
  url = line.replace(/^ready /, "");
};

beforeAll(async () => {
  store = await startTemporaryStore();
  queue = createPocketBaseQueue(store.backend);
  await startBackend(await freePort());
});
afterAll(async () => {
  for (const each of opened) each.close();
  if (backend.exitCode === null) backend.kill("SIGKILL");
  await store.stop();
});

type Heard = LiveEvent | LiveNotice;

/** What a client was told, and a way to wait for it. */
class Ear {
  readonly heard: Heard[] = [];
  #hear = Promise.withResolvers<void>();

  hear(text: string): void {
    this.heard.push(JSON.parse(text) as Heard);
    this.#hear.resolve();
    this.#hear = Promise.withResolvers();
  }

  async until(isThere: (heard: Heard) => boolean): Promise<void> {
    while (!this.heard.some(isThere)) await this.#hear.promise;
  }

  get notices(): string[] {
    return this.heard.flatMap((each) => ("resumed" in each ? `${each.type}${each.resumed ? " resumed" : ""}` : []));
  }

  /** Changes of status, in the order in which they came. */
  get changes(): string[] {
    return this.heard.flatMap((each) =>
      "resumed" in each || each.id === null ? [] : `${each.type} ${each.item ?? each.task} ${each.status}`,
    );
  }
}

const listen = (query = ""): Ear => {
  const ear = new Ear();
  const source = new EventSource(`${url}${ROUTES.liveEvents}${query}`, {
    fetch: (address, init) => fetch(address, { ...init, headers: { ...init.headers, authorization: `Bearer ${KEY}` } }),
  });
  opened.push(source);
  for (const type of [...LIVE_EVENTS, "ready", "reset"]) source.addEventListener(type, ({ data }) => ear.hear(data));
  return ear;
};

/** Resumes as a program would: with the last id that it heard. */
const listenBySocket = (): Ear => {
  const ear = new Ear();
  let isOver = false;
  const open = () => {
    const lastEventId = ear.heard.findLast(({ id }) => id !== null)?.id ?? "";
    const socket = new WebSocket(`${url.replace("http", "ws")}${ROUTES.liveSocket}?lastEventId=${lastEventId}`, {
      headers: { authorization: `Bearer ${KEY}` },
    });
    socket.on("message", (data: Buffer) => ear.hear(data.toString()));
    socket.on("error", () => {});
    socket.on("close", () => {
      if (!isOver) setTimeout(open, 50);
    });
    opened.push({
      close: () => {
        isOver = true;
        socket.terminate();
      },
    });
  };
  open();
  return ear;
};

const ready = (ear: Ear) => ear.until(({ type }) => type === "ready");
const work = () =>
  startWorker({
    queue: createPocketBaseQueue(store.runner),
    handlers: { "scrape.chapter": async () => ({ type: "done" }) },
    card: { host: "test", pid: process.pid, version: "test" },
    log: { debug() {}, info() {}, warn() {}, error() {} },
    concurrency: 4,
  });
const chapter = (number: number) => ({
  kind: "scrape.chapter",
  payload: { url: `https://n.example/${number}`, bookUrl: "https://n.example", slug: "n", chapterId: `c${number}` },
});

describe("live events", () => {
  test("tell of a parent and its items, each change once, over a backend that is killed and comes back", async () => {
    const ears = [listen(), listenBySocket()];
    await Promise.all(ears.map(ready));
    const { task, children } = await queue.addTree({
      kind: "scrape.book",
      payload: { url: "https://n.example" },
      children: Array.from({ length: 40 }, (_, index) => chapter(index)),
    });
    const isOf = (heard: Heard) => !("resumed" in heard) && heard.task === task.id;
    await Promise.all(ears.map((ear) => ear.until(isOf)));

    const exited = once(backend, "exit");
    backend.kill("SIGKILL");
    await exited;
    // Half of it happens while nobody looks.
    const worker = work();
    const isSettled = async (least: number) => {
      const [parent] = await queue.find([task.id]);
      return (parent?.children.done ?? 0) >= least;
    };
    while (!(await isSettled(20)));
    await startBackend(Number(new URL(url).port));

    const isOver = ({ type }: Heard) => type === "task.completed";
    await Promise.all(ears.map((ear) => ear.until(isOver)));
    await worker.stop();
    const items = children.flatMap((child) => [
      `item.updated ${child.task.id} running`,
      `item.updated ${child.task.id} done`,
    ]);
    for (const ear of ears) {
      expect(ear.notices).toEqual(["ready", "ready resumed"]);
      expect(ear.changes[0]).toBe(`task.created ${task.id} waiting`);
      expect(ear.changes.at(-1)).toBe(`task.completed ${task.id} done`);
      expect(ear.changes.slice(1, -1).toSorted()).toEqual(items.toSorted());
      await ear.until((heard) => !("resumed" in heard) && heard.type === "task.updated" && heard.children?.done === 40);
    }
  });

  test("are only of the task that was asked for", async () => {
    const [other, mine] = await queue.add([chapter(100), chapter(101)]);
    const ears = [listen(), listen(`?task=${mine?.task.id}`)];
    await Promise.all(ears.map(ready));
    const worker = work();
    const isEndOf =
      (id = "") =>
      (heard: Heard) =>
        heard.type === "task.completed" && heard.task === id;
    await Promise.all(ears.map((ear) => ear.until(isEndOf(mine?.task.id))));
    await ears[0]?.until(isEndOf(other?.task.id));
    await worker.stop();
    expect(ears[1]?.changes.slice(-2)).toEqual([
      `task.updated ${mine?.task.id} running`,
      `task.completed ${mine?.task.id} done`,
    ]);
    expect(ears[1]?.changes.filter((change) => !change.includes(mine?.task.id ?? ""))).toEqual([]);
  });

  test("go on when PocketBase was away, and nothing is missed", async () => {
    const ears = [listen(), listenBySocket()];
    await Promise.all(ears.map(ready));
    await store.kill();
    await store.restart();
    const [added] = await queue.add([chapter(200)]);
    const isOf = (heard: Heard) => heard.type === "task.created" && heard.task === added?.task.id;
    await Promise.all(ears.map((ear) => ear.until(isOf)));
    for (const ear of ears) expect(ear.notices).toEqual(["ready"]);
  });

  test("end at once when the backend is told to stop, though a client does not let go", async () => {
    const socket = new WebSocket(`${url.replace("http", "ws")}${ROUTES.liveSocket}`, {
      headers: { authorization: `Bearer ${KEY}` },
    });
    opened.push({ close: () => socket.terminate() });
    await once(socket, "message");
    socket.pause();
    const exited = once(backend, "exit");
    backend.kill("SIGTERM");
    expect((await exited)[0]).toBe(0);
  });
});
