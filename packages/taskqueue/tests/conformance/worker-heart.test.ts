import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { type Beat, createThreadedHeart, type TaskQueue } from "../../src/index.ts";
import { monotonicMs } from "../../src/worker/clock.ts";
import type { Heart, HeartNews } from "../../src/worker/heart.ts";
import { addOne, bookTask, card, findOne, narration } from "./queue-under-test.ts";
import { storeUnderTest } from "./store-under-test.ts";

const PROCESS = fileURLToPath(new URL("./spinning-process.ts", import.meta.url));
/** As one that is still loading. */
const SILENT_THREAD = new URL("data:text/javascript,setInterval(() => {}, 1e6)");
const DYING_THREAD = new URL("./dying-heart-thread.ts", import.meta.url);
/** Long enough for a busy machine to answer a beat in time; it has to end well before the spinning does. */
const LEASE_MS = 2500;
const SPIN_MS = 6000;

const { open, store } = storeUnderTest();

let children: ChildProcess[] = [];
let hearts: Heart[] = [];
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(hearts.map((heart) => heart.stop()));
  children = [];
  hearts = [];
});

/** A process whose handler keeps its thread busy for much longer than its lease. */
const start = (heart: "thread" | "same") => {
  const given = { url: store().url, password: store().passwords.runner, heart, leaseMs: LEASE_MS, spinMs: SPIN_MS };
  const child = spawn(process.execPath, [PROCESS, JSON.stringify(given)], { stdio: ["ignore", "ignore", "inherit"] });
  children.push(child);
  return once(child, "exit");
};

/** Someone reaps all the while. */
const spin = async (heart: "thread" | "same") => {
  const queue = await open();
  const { id } = await addOne(queue, bookTask());
  const ended = start(heart);
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

test("what a busy thread had claimed ahead is given back by the other, no attempt spent", async () => {
  const queue = await open();
  await queue.backend.add(Array.from({ length: 60 }, (_, index) => narration(index + 1)));
  const ended = start("thread");
  const counts = async () => {
    const { pending = 0, running = 0 } = (await queue.backend.counts())["narrate.chapter"] ?? {};
    return { pending, isAtWork: running > 0 };
  };
  // One spins, and what the fast ones before it achieved may wait with it; the others can be had meanwhile.
  await expect.poll(counts, { timeout: 20_000 }).toEqual({ pending: 49, isAtWork: true });
  const { items } = await queue.backend.list({ status: ["pending"], limit: 100 });
  expect(items.filter(({ attempts, crashes }) => attempts + crashes > 0)).toEqual([]);
  expect(items.map(({ waitingFor }) => waitingFor)).toContain("its runner did not come to it");
  expect(await ended).toEqual([0, null]);
});

describe("the heart's thread", () => {
  const heartOf = (thread: URL, queue: Partial<TaskQueue> = {}) => {
    const news: HeartNews[] = [];
    const failures: unknown[] = [];
    const start = createThreadedHeart({
      url: "http://127.0.0.1:9",
      credentials: { email: "a", password: "b" },
      thread,
    });
    const heart = start(queue as TaskQueue, {
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
    return { heart, news, held, failures };
  };
  const fence = (taskId: string) => ({ taskId, lease: 1, runAt: 0 });
  const startBy = Number.POSITIVE_INFINITY;

  test("is started again when it dies, and told of all that is held", async () => {
    const { heart, held, failures } = heartOf(DYING_THREAD);
    heart.hold([fence("a"), fence("b")], startBy);
    await expect.poll(held, { timeout: 10_000 }).toEqual(["ab"]);
    heart.drop([fence("a")]);
    heart.beat();
    await expect.poll(held, { timeout: 10_000 }).toEqual(["ab", "b"]);
    expect(failures).toEqual([expect.objectContaining({ message: "this thread dies of a beat" })]);
  });

  test("is not waited for: who is cancelled before it is up is told by the other thread", async () => {
    const asked: Beat[][] = [];
    const heartbeat: TaskQueue["heartbeat"] = async (_card, _leaseMs, beats) => {
      asked.push([...beats]);
      return { lost: [], cancelling: ["a"] };
    };
    const { heart, news } = heartOf(SILENT_THREAD, { heartbeat });
    heart.hold([fence("a"), fence("b")], startBy);
    heart.report({ taskId: "a", lease: 1 }, { checkpoint: 1 });
    heart.beat();
    await expect.poll(() => news.map(({ cancelling }) => cancelling)).toEqual([["a"]]);
    const both = ["a", "b"].map((taskId) => ({ taskId, lease: 1 }));
    expect(asked).toEqual([both]);
    expect(news[0]).toMatchObject({ beats: both, reported: [] });
  });

  test("is heard at once by a thread that was busy", async () => {
    const { heart, held } = heartOf(DYING_THREAD);
    heart.hold([fence("a")], startBy);
    await expect.poll(held, { timeout: 10_000 }).toEqual(["a"]);
    heart.hold([fence("b")], startBy);
    // Nothing is awaited from here on: no message could be delivered by the event loop.
    for (const until = performance.now() + 10_000; held().length < 2 && performance.now() < until;) heart.hear();
    expect(held()).toEqual(["a", "ab"]);
  });
});
