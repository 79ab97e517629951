import { expect, test } from "vitest";
import { createMemoryPorts, createProducer } from "../../src/index.ts";

const VOICE = "flite:rms";
const claimOne = async ({ queue }: ReturnType<typeof createMemoryPorts>) => {
  const { tasks } = await queue.claim({ runner: "r", kinds: ["narrate.chapter"], limit: 1, leaseMs: 60_000 });
  return tasks[0];
};

test("one chapter that a person asks for goes before the book that is being narrated, also when it is a part of it", async () => {
  const ports = createMemoryPorts();
  const producer = createProducer(ports.queue, { minGapMs: 0 });
  const book = await producer.createAudioTasks("a-book", [1, 2, 3, 4, 5], VOICE);
  const { task, created } = await producer.createAudioTask("a-book", 4, VOICE);
  expect([created, task.id]).toEqual([false, book[3]?.task.id]);
  expect((await claimOne(ports))?.payload).toMatchObject({ chapter: 4 });
  const other = await producer.createAudioTask("another-book", 9, VOICE);
  expect((await claimOne(ports))?.id).toBe(other.task.id);
  expect((await claimOne(ports))?.payload).toMatchObject({ chapter: 1 });
});

test("asking for a whole book does not hold back the chapter that was asked for before", async () => {
  const { queue } = createMemoryPorts();
  const producer = createProducer(queue, { minGapMs: 0 });
  const { task } = await producer.createAudioTask("a-book", 2, VOICE);
  const [, second] = await producer.createAudioTasks("a-book", [1, 2], VOICE);
  expect(second).toEqual({ task, created: false });
});

test("the chapters of one book share a group, however long its name is", async () => {
  const { queue } = createMemoryPorts();
  const producer = createProducer(queue, { minGapMs: 0 });
  const groupOf = async (slug: string) =>
    (await producer.createAudioTasks(slug, [1, 2], VOICE)).map(({ task }) => task.group);
  expect(await groupOf("a-book")).toEqual(["narrate:a-book", "narrate:a-book"]);
  expect(await groupOf("b".repeat(128))).toEqual([1, 2].map(() => `narrate:${"b".repeat(120)}`));
});

test("a book that is being read is not begun anew, nor does it lose its place", async () => {
  const { queue } = createMemoryPorts();
  const producer = createProducer(queue, { minGapMs: 0 });
  const first = await producer.createScrapeTask("book", "http://site.example/b/1", 0, 0);
  const { tasks } = await queue.claim({ runner: "r", kinds: ["scrape.book"], limit: 1, leaseMs: 60_000 });
  const again = await producer.createScrapeTask("book", "http://site.example/b/1#top", 0, 0);
  expect([first.created, again.created]).toEqual([true, false]);
  expect(again.task).toEqual({ ...tasks[0] });
});
