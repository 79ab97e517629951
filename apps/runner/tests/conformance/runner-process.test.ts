import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createPocketBaseLibrary } from "@chapterhouse/library";
import { startTemporaryStore, type TemporaryStore } from "@chapterhouse/pocketbase";
import { createPocketBaseQueue, createProducer } from "@chapterhouse/taskqueue";
import { afterEach, beforeEach, expect, test } from "vitest";
import { novel } from "../site/novel.ts";
import { TestSite } from "../site/test-site.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

let store: TemporaryStore;
let children: ChildProcess[] = [];
beforeEach(async () => {
  store = await startTemporaryStore();
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  children = [];
  await store.stop();
});

const start = (env: Record<string, string> = {}) => {
  const child = spawn(process.execPath, [MAIN], {
    // oxlint-disable-next-line no-process-env -- the child needs a PATH and a HOME
    env: { ...process.env, POCKETBASE_URL: store.url, POCKETBASE_PASSWORD: store.passwords.runner, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  const said: string[] = [];
  const complaints: string[] = [];
  const { stdout, stderr } = child;
  const ready = new Promise<string>((found) => {
    createInterface(stdout).on("line", (line) => {
      said.push(line);
      if (line.startsWith("ready ")) found(line);
    });
  });
  const complained = new Promise<void>((heard) => {
    createInterface(stderr).on("line", (line) => {
      complaints.push(line);
      heard();
    });
  });
  return { child, ready, complained, said, complaints, ended: once(child, "exit") };
};

test("a runner says that it is ready, scrapes a book, and ends within five seconds when told", async () => {
  await using site = await TestSite.open({ "/robots.txt": "", ...novel({ chapters: ["1", "2", "3"] }) });
  const queue = createPocketBaseQueue(store.backend);
  const runner = start({
    SCRAPE_ALLOW: new URL(site.url).host,
    SCRAPE_MIN_GAP_MS: "20",
    RUNNER_KINDS: "scrape.book scrape.chapter",
  });
  expect(await runner.ready).toMatch(/^ready runner \S+$/);
  const { task } = await createProducer(queue, { minGapMs: 20 }).createScrapeTask("book", site.at("/novel").href, 0, 0);
  await expect.poll(async () => (await queue.find([task.id]))[0]?.status, { timeout: 20_000 }).toBe("done");
  expect(await createPocketBaseLibrary(store.backend).getBook("the-lamp")).toMatchObject({ chapters: { stored: 3 } });
  expect([...site.agents]).toEqual([expect.stringMatching(/^Chapterhouse\/\d+\.\d+\.\d+ \(/)]);

  const toldAt = performance.now();
  runner.child.kill("SIGTERM");
  expect(await runner.ended).toEqual([0, null]);
  expect(performance.now() - toldAt).toBeLessThan(5000);
  expect(runner.said).toHaveLength(1);
  expect(await queue.listRunners()).toEqual([]);
});

test("a runner that is told to stop in mid-request gives the task back, its attempt not spent", async () => {
  const asked = Promise.withResolvers<void>();
  await using site = await TestSite.open({ "/robots.txt": "", "/novel": () => asked.resolve() });
  const queue = createPocketBaseQueue(store.backend);
  const runner = start({ SCRAPE_ALLOW: new URL(site.url).host });
  await runner.ready;
  const { task } = await createProducer(queue, { minGapMs: 0 }).createScrapeTask("book", site.at("/novel").href, 0, 0);
  await asked.promise;
  runner.child.kill("SIGINT");
  expect(await runner.ended).toEqual([0, null]);
  expect((await queue.find([task.id]))[0]).toMatchObject({ status: "pending", attempts: 0, crashes: 0 });
});

test("a runner waits for a PocketBase that is away, and starts when it is back", async () => {
  await store.kill();
  const runner = start();
  await runner.complained;
  await store.restart();
  await runner.ready;
  runner.child.kill("SIGTERM");
  expect(await runner.ended).toEqual([0, null]);
});

test("a wrong configuration ends it at once, and names what is wrong", async () => {
  const runner = start({ RUNNER_CONCURRENCY: "0", RUNNER_KINDS: "scrape.book, dance" });
  expect(await runner.ended).toEqual([1, null]);
  expect(runner.complaints.join("\n")).toMatch(/RUNNER_CONCURRENCY.*RUNNER_KINDS: unknown kinds: dance/);
});
