import { ChapterhouseError, statusSchema } from "@chapterhouse/domain";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createAppUnderTest } from "./app-under-test.ts";

let stage: ReturnType<typeof createAppUnderTest>;
beforeEach(() => {
  stage = createAppUnderTest();
});
afterEach(() => stage.app.close());

const ask = (headers: Record<string, string> = {}) =>
  stage.app.inject({ url: "/api/status", headers: { authorization: stage.authorization, ...headers } });

const card = { id: "runner-1", host: "box", pid: 1, version: "1", kinds: ["scrape.book"], concurrency: 2 };

describe("the status", () => {
  test("says what there is, what runs and on what, in words for people", async () => {
    await stage.queue.add([
      { kind: "scrape.book", payload: { url: "https://novels.example/whale/" }, lane: "host:novels.example" },
      { kind: "narrate.chapter", payload: { slug: "the-whale", chapter: 3, voice: "flite:rms" } },
    ]);
    const kinds = ["scrape.book", "narrate.chapter"];
    const { tasks } = await stage.queue.claim({ runner: card.id, kinds, limit: 2, leaseMs: 30_000 });
    const progress = { done: 1, total: 3, unit: "chapters", message: "" };
    const beats = tasks.map(({ id, lease }) => ({ taskId: id, lease, progress }));
    await stage.queue.heartbeat(card, 30_000, beats);
    const status = statusSchema.parse((await ask()).json());
    expect(status.version).toBe("1.2.3");
    expect(status.tasks.byStatus).toMatchObject({ running: 2, pending: 0, done: 0 });
    expect(status.tasks.byKind["scrape.book"]).toMatchObject({ running: 1 });
    expect(status.running.map(({ subject }) => subject).toSorted()).toEqual([
      "novels.example/whale",
      "the-whale, chapter 3, flite:rms",
    ]);
    expect(status.running[0]).toMatchObject({ runner: card.id, progress });
    expect(status.runners).toMatchObject({ alive: 1, items: [{ id: card.id, running: 2 }] });
    expect(status.lanes.map(({ name }) => name)).toContain("host:novels.example");
  });

  test("has an ETag of what it says, not of when", async () => {
    const first = await ask();
    const etag = String(first.headers.etag);
    stage.clock.now += 60_000;
    const same = await ask({ "if-none-match": `"x", W/${etag}` });
    expect(same.statusCode).toBe(304);
    expect(same.body).toBe("");
    await stage.queue.add([{ kind: "scrape.book", payload: { url: "https://novels.example/" } }]);
    stage.clock.now += 1000;
    const changed = await ask({ "if-none-match": etag });
    expect(changed.statusCode).toBe(200);
    expect(changed.headers.etag).not.toBe(etag);
  });

  test("is made once however many poll", async () => {
    const counts = vi.spyOn(stage.queue, "counts");
    await Promise.all(Array.from({ length: 50 }, () => ask()));
    expect(counts).toHaveBeenCalledTimes(1);
    stage.clock.now += 250;
    await ask();
    expect(counts).toHaveBeenCalledTimes(2);
  });
});

describe("while the store is away", () => {
  beforeEach(() => {
    stage.queue.counts = async () => {
      throw new ChapterhouseError("STORE_UNREACHABLE", "no answer at http://127.0.0.1:8090");
    };
  });

  test("it is healthy and not ready, and says so", async () => {
    expect((await stage.app.inject({ url: "/health" })).json()).toEqual({ status: "ok" });
    const ready = await stage.app.inject({ url: "/ready" });
    expect(ready.statusCode).toBe(503);
    expect(ready.json()).toEqual({ status: "not_ready", store: false });
    const status = await ask();
    expect(status.statusCode).toBe(503);
    expect(status.json().code).toBe("STORE_UNREACHABLE");
    expect(status.body).not.toContain("8090");
  });
});

test("it is ready when the store answers", async () => {
  const ready = await stage.app.inject({ url: "/ready" });
  expect(ready.statusCode).toBe(200);
  expect(ready.json()).toEqual({ status: "ready", store: true });
});
