import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Chapter, EnqueueAnswer, Page, Runner, Task } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import { type System, startSystem } from "./start-system.ts";

const enqueue = async (system: System): Promise<string> =>
  (await system.call<EnqueueAnswer>("POST", "/api/scrape/book", { url: system.site.bookUrl })).body.task.id;

const readTask = (system: System, id: string) => async () => (await system.call<Task>("GET", `/api/tasks/${id}`)).body;
const isOver = ({ status }: Task) => ["done", "failed", "cancelled"].includes(status);

const runners = async (system: System): Promise<Runner[]> =>
  (await system.call<{ items: Runner[] }>("GET", "/api/runners")).body.items.filter(({ alive }) => alive);

/** The chapter task that a runner is at work on, with that runner. */
const heldChapter = async (system: System) => {
  const read = async () => {
    const { body } = await system.call<Page<Task>>("GET", "/api/tasks?status=running&kind=scrape.chapter");
    return body.items.find(({ runner }) => runner !== null);
  };
  const task = (await system.until(read, (found) => found !== undefined)) as Task;
  const runner = (await runners(system)).find(({ id }) => id === task.runner);
  if (!runner) throw new Error(`no runner ${task.runner}`);
  return { task, runner };
};

const texts = async (system: System, count: number): Promise<void> => {
  for (let number = 1; number <= count; number += 1) {
    const { body } = await system.call<Chapter>("GET", `/api/books/the-quay/chapters/${number}`);
    expect(body.text).toBe(system.site.textOf(number));
  }
};

test("a runner killed in mid-book: its task runs elsewhere, the book completes, no chapter twice", async () => {
  await using system = await startSystem({ site: { chapters: 6 }, env: { RUNNERS: "2" } });
  await system.until(
    () => runners(system),
    (alive) => alive.length === 2,
  );
  const gate = Promise.withResolvers<void>();
  system.site.faults.hold = gate.promise;
  const id = await enqueue(system);
  const { task, runner } = await heldChapter(system);
  process.kill(runner.pid, "SIGKILL");
  const again = await system.until(readTask(system, task.id), ({ lease }) => lease > task.lease, 60_000);
  expect(again).toMatchObject({ crashes: 1, attempts: 1 });
  expect(again.runner).not.toBe(runner.id);
  gate.resolve();
  system.site.faults.hold = null;
  expect(await system.until(readTask(system, id), isOver)).toMatchObject({
    status: "done",
    children: { total: 6, done: 6 },
  });
  await texts(system, 6);
});

test("a runner that slept through its lease changes nothing when it wakes", async () => {
  await using system = await startSystem({ site: { chapters: 1 }, env: { RUNNERS: "2" } });
  await system.until(
    () => runners(system),
    (alive) => alive.length === 2,
  );
  const gate = Promise.withResolvers<void>();
  system.site.faults.hold = gate.promise;
  const id = await enqueue(system);
  const { task, runner } = await heldChapter(system);
  process.kill(runner.pid, "SIGSTOP");
  // The sleeper's own request stays held; whoever takes over is answered at once.
  system.site.faults.hold = null;
  const over = await system.until(readTask(system, task.id), isOver, 60_000);
  expect(over).toMatchObject({ status: "done", lease: task.lease + 1, crashes: 1 });
  expect(over.runner).not.toBe(runner.id);
  const before = (await system.call<Chapter>("GET", "/api/books/the-quay/chapters/1")).body;

  process.kill(runner.pid, "SIGCONT");
  gate.resolve();
  // It is awake again when its card is: its late write has been refused by then, or it never made one.
  await system.until(
    () => runners(system),
    (alive) => alive.some(({ id }) => id === runner.id),
  );
  expect(await readTask(system, task.id)()).toEqual(over);
  expect((await system.call<Chapter>("GET", "/api/books/the-quay/chapters/1")).body).toEqual(before);
  expect(await readTask(system, id)()).toMatchObject({ status: "done", children: { total: 1, done: 1 } });
});

test("PocketBase killed in mid-book comes back, and the runners go on by themselves", async () => {
  await using system = await startSystem({ site: { chapters: 30 } });
  const id = await enqueue(system);
  const progressed = (task: Task) => task.children.done >= 5;
  await system.until(readTask(system, id), progressed);
  const { pocketbasePid } = JSON.parse(await readFile(join(system.dataDir, "up.json"), "utf8"));
  process.kill(pocketbasePid, "SIGKILL");
  const readAgain = async () => {
    const { status, body } = await system.call<Task>("GET", `/api/tasks/${id}`);
    return status === 200 ? body : null;
  };
  const over = await system.until(readAgain, (task) => task !== null && isOver(task), 90_000);
  expect(over).toMatchObject({ status: "done", children: { total: 30, done: 30 } });
  await texts(system, 30);
});

test("a graceful stop of a runner costs no attempt", async () => {
  await using system = await startSystem({ site: { chapters: 2 } });
  const gate = Promise.withResolvers<void>();
  system.site.faults.hold = gate.promise;
  const id = await enqueue(system);
  const { task, runner } = await heldChapter(system);
  process.kill(runner.pid, "SIGTERM");
  const released = await system.until(readTask(system, task.id), ({ runner: by }) => by !== runner.id);
  expect(released).toMatchObject({ crashes: 0 });
  gate.resolve();
  system.site.faults.hold = null;
  const over = await system.until(readTask(system, id), isOver);
  expect(over.status).toBe("done");
  expect(await readTask(system, task.id)()).toMatchObject({ attempts: 1, crashes: 0 });
});
