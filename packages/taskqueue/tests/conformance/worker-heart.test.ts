import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { createThreadedHeart, type Fence, type TaskQueue } from "../../src/index.ts";
import { monotonicMs } from "../../src/worker/clock.ts";
import type { Heart, HeartNews } from "../../src/worker/heart.ts";
import { addOne, bookTask, card, findOne } from "./queue-under-test.ts";
import { storeUnderTest } from "./store-under-test.ts";

const PROCESS = fileURLToPath(new URL("./spinning-process.ts", import.meta.url));
const DYING_THREAD = new URL("./dying-heart-thread.ts", import.meta.url);
const LEASE_MS = 1500;
const SPIN_MS = 4000;

const { open, store } = storeUnderTest();

let children: ChildProcess[] = [];
let hearts: Heart[] = [];
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(hearts.map((heart) => heart.stop()));
  children = [];
  hearts = [];
});

/** A process whose handler keeps its thread busy for much longer than its lease; and someone who reaps all the while. */
const spin = async (heart: "thread" | "same") => {
  const queue = await open();
  const { id } = await addOne(queue, bookTask());
  const given = { url: store().url, password: store().passwords.runner, heart, leaseMs: LEASE_MS, spinMs: SPIN_MS };
  const child = spawn(process.execPath, [PROCESS, JSON.stringify(given)], { stdio: ["ignore", "ignore", "inherit"] });
  children.push(child);
  const ended = once(child, "exit");
  const reaper = setInterval(() => void queue.backend.reap(0).catch(() => {}), 100);
  const [code] = (await ended) as [number];
  clearInterval(reaper);
  expect(code).toBe(0);
  return findOne(queue, id);
};

describe("a handler that keeps its thread busy for longer than its lease", () => {
  test("keeps its task when another thread beats", async () => {
    expect(await spin("thread")).toMatchObject({ status: "done", lease: 1, crashes: 0, attempts: 1 });
  });

  test("loses it when its own thread must", async () => {
    const { crashes, lease } = await spin("same");
    expect([crashes > 0, lease > 0]).toEqual([true, true]);
  });
});

describe("the heart's thread", () => {
  const heartOf = (thread: URL) => {
    const news: HeartNews[] = [];
    const failures: unknown[] = [];
    const start = createThreadedHeart({
      url: "http://127.0.0.1:9",
      credentials: { email: "a", password: "b" },
      thread,
    });
    const heart = start(null as unknown as TaskQueue, {
      card: card("r"),
      leaseMs: 60_000,
      heartbeatMs: 60_000,
      random: () => 0,
      ticks: monotonicMs,
      onBeat: (brought) => news.push(brought),
      onFailure: (error) => failures.push(error),
    });
    hearts.push(heart);
    const held = () => news.map(({ beats }) => beats.map(({ taskId }) => taskId).join(""));
    return { heart, held, failures };
  };
  const fence = (taskId: string): Fence => ({ taskId, lease: 1 });

  test("is started again when it dies, and told of all that is held", async () => {
    const { heart, held, failures } = heartOf(DYING_THREAD);
    heart.hold([fence("a"), fence("b")]);
    await expect.poll(held, { timeout: 10_000 }).toEqual(["ab"]);
    heart.drop([fence("a")]);
    heart.beat();
    await expect.poll(held, { timeout: 10_000 }).toEqual(["ab", "b"]);
    expect(failures).toEqual([expect.objectContaining({ message: "this thread dies of a beat" })]);
  });

  test("is heard at once by a thread that was busy", async () => {
    const { heart, held } = heartOf(DYING_THREAD);
    heart.hold([fence("a")]);
    await expect.poll(held, { timeout: 10_000 }).toEqual(["a"]);
    heart.hold([fence("b")]);
    // Nothing is awaited from here on: no message could be delivered by the event loop.
    for (const until = performance.now() + 10_000; held().length < 2 && performance.now() < until;) heart.hear();
    expect(held()).toEqual(["a", "ab"]);
  });
});
