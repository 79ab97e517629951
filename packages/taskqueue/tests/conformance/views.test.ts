import { describe, expect, test } from "vitest";
import { createConsumer, createProducer, createReader } from "../../src/index.ts";
import { LEASE_MS, type Open, openInMemory } from "./queue-under-test.ts";
import { storeUnderTest } from "./store-under-test.ts";

const viewsSuite = (open: Open): void => {
  const views = async () => {
    const { backend, runner } = await open();
    return {
      backend,
      producer: createProducer(backend, { minGapMs: 1000 }),
      reader: createReader(backend),
      consumer: createConsumer(runner, { leaseMs: LEASE_MS }),
    };
  };
  const scraped = { booksFound: 1, chaptersListed: 5, chaptersAdded: 5 };

  test("a book is asked for, claimed, finished and read", async () => {
    const { backend, producer, consumer, reader } = await views();
    const { task, created } = await producer.createScrapeTask("book", "http://Site.example:80/b/1#top", 0, 0);
    expect(created).toBe(true);
    expect(task).toMatchObject({
      kind: "scrape.book",
      lane: "host:site.example",
      key: "scrape.book:http://site.example/b/1",
    });
    const [lane] = await backend.listLanes(1);
    expect(lane).toMatchObject({ name: "host:site.example", concurrency: 1, gapMs: 1000 });
    const again = await producer.createScrapeTask("book", "http://site.example/b/1", 0, 0);
    expect(again).toEqual({ task, created: false });

    const claimed = await consumer.claimNextScrapeTask("runner-a");
    expect(claimed).toMatchObject({ id: task.id, kind: "book", targetUrl: "http://site.example/b/1", fromChapter: 0 });
    if (!claimed) throw new Error("nothing was claimable");
    const fence = { taskId: claimed.id, lease: claimed.task.lease };
    await consumer.heartbeatTask(fence);
    await consumer.finishScrapeTask(fence, scraped);
    expect(await reader.getScrapeTask(task.id)).toMatchObject({ task: { status: "done", result: scraped } });
    const lost = { code: "LEASE_LOST" };
    await expect(consumer.finishScrapeTask(fence, scraped)).rejects.toMatchObject(lost);
    await expect(consumer.failTask(fence, "late")).rejects.toMatchObject(lost);
    await expect(consumer.heartbeatTask(fence)).rejects.toMatchObject(lost);
  });

  test("ranges of one book are tasks of their own", async () => {
    const { producer, reader } = await views();
    const url = "http://site.example/b/2";
    await producer.createScrapeTask("book_range", url, 1, 5);
    await producer.createScrapeTask("book_range", url, 6, 9);
    await producer.createScrapeTask("catalogue", url, 0, 0);
    expect((await producer.createScrapeTask("book_range", url, 1, 5)).created).toBe(false);
    const listed = await reader.listScrapeTasks();
    expect(listed.map(({ kind, fromChapter, toChapter }) => [kind, fromChapter, toChapter])).toEqual([
      ["catalogue", 0, 0],
      ["book_range", 6, 9],
      ["book_range", 1, 5],
    ]);
  });

  test("an address longer than a key still has a key of its own", async () => {
    const { producer } = await views();
    const long = `http://site.example/${"x".repeat(900)}`;
    const [a, b] = [
      await producer.createScrapeTask("book", `${long}a`, 0, 0),
      await producer.createScrapeTask("book", `${long}b`, 0, 0),
    ];
    expect([a.created, b.created]).toEqual([true, true]);
    expect((await producer.createScrapeTask("book", `${long}a`, 0, 0)).task.id).toBe(a.task.id);
  });

  test("audio is found by its cache key, the most recent first", async () => {
    const { producer, consumer, reader } = await views();
    await producer.createAudioTask("a-book", 7, "flite:rms");
    const claimed = await consumer.claimNextAudioTask("runner-a");
    expect(claimed).toMatchObject({ slug: "a-book", chapter: 7, voice: "flite:rms", cacheKey: "a-book/7/flite:rms" });
    if (!claimed) throw new Error("nothing was claimable");
    await consumer.finishAudioTask(
      { taskId: claimed.id, lease: claimed.task.lease },
      { narrationId: "n1", durationMs: 1, bytes: 1 },
    );
    const [second] = await producer.createAudioTasks("a-book", [7, 8], "flite:rms");
    expect(second?.created).toBe(true);
    expect((await reader.getAudioTask("a-book/7/flite:rms"))?.id).toBe(second?.task.id);
    expect((await reader.listAudioTasks()).map((task) => task.chapter)).toEqual([7, 8, 7]);
  });

  test("nothing is null; only cancelling the unknown is an error", async () => {
    const { producer, consumer, reader } = await views();
    expect(await consumer.claimNextScrapeTask("r")).toBeNull();
    expect(await consumer.claimNextAudioTask("r")).toBeNull();
    expect(await consumer.reapStaleTasks(0)).toBe(0);
    expect(await reader.getScrapeTask("none")).toBeNull();
    expect(await reader.getAudioTask("none/1/x")).toBeNull();
    expect(await reader.listAudioTasks()).toEqual([]);
    await expect(producer.cancelTask("nosuchtask12345")).rejects.toMatchObject({ code: "TASK_NOT_FOUND" });
    const { task } = await producer.createAudioTask("a-book", 1, "flite:rms");
    expect((await producer.cancelTask(task.id)).status).toBe("cancelled");
    expect((await producer.cancelTask(task.id)).status).toBe("cancelled");
  });
};

describe("producer, consumer and reader in memory", () => {
  viewsSuite(openInMemory);
});

describe("producer, consumer and reader in PocketBase", () => {
  const { open } = storeUnderTest();
  viewsSuite(open);
});
