import { ChapterhouseError } from "@chapterhouse/domain";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createLiveUnderTest } from "./live-under-test.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-01-01T00:00:00Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

const many = (length: number) => Array.from({ length }, (_, index) => ({ id: `t${index}` }));

describe("what is told", () => {
  test.each([
    [{ isNew: true, status: "pending" }, "task.created", "root", null],
    [{ status: "running" }, "task.updated", "root", null],
    [{ status: "cancelling" }, "task.updated", "root", null],
    [{ status: "done" }, "task.completed", "root", null],
    [{ status: "failed" }, "task.failed", "root", null],
    [{ status: "cancelled" }, "task.canceled", "root", null],
    [{ status: "running", parent: "book" }, "item.updated", "book", "root"],
    [{ status: "failed", parent: "book" }, "item.updated", "book", "root"],
  ] as const)("of a change %o is %s", async (change, type, task, item) => {
    const { feed, join, told } = createLiveUnderTest();
    const listener = await join();
    feed.call({ id: "root", ...change });
    await told();
    expect(listener.events).toEqual([
      {
        id: "1-0",
        type,
        task,
        item,
        kind: "scrape.chapter",
        status: change.status,
        children: null,
        progress: null,
        overall: null,
        at: "2026-01-01T00:00:00.000Z",
      },
    ]);
  });

  test("is only what the filter lets through, and a silent stream's place moves on with its heartbeats", async () => {
    const { feed, join, told } = createLiveUnderTest();
    const ofBook = await join({ tasks: ["book"] });
    const ofItem = await join({ tasks: ["b", "elsewhere"] });
    const ofNone = await join({ tasks: ["nothing"] });
    feed.call({ id: "a", parent: "book" }, { id: "b", parent: "book" }, { id: "b", parent: "other" }, { id: "c" });
    await told();
    expect(ofBook.ids).toEqual(["1-0", "1-1"]);
    expect(ofItem.ids).toEqual(["1-1", "1-2"]);
    await vi.advanceTimersByTimeAsync(15_000);
    expect([ofNone.events, ofNone.beats]).toEqual([[], ["1"]]);
  });

  test("comes at once on a hint, in one write for all of a tick", async () => {
    const { feed, join } = createLiveUnderTest();
    const listener = await join();
    feed.call(...many(20));
    feed.hint();
    feed.call(...many(10));
    await vi.advanceTimersByTimeAsync(100);
    expect(listener.writes).toEqual([1, 30]);
  });

  test("comes within the second without a hint", async () => {
    const { feed, join } = createLiveUnderTest();
    const listener = await join();
    feed.call({ id: "a" });
    await vi.advanceTimersByTimeAsync(1050);
    expect(listener.ids).toEqual(["1-0"]);
  });

  test("of a beginning that was asked for anew is all that comes after it", async () => {
    const { feed, join, told } = createLiveUnderTest();
    const listener = await join();
    feed.call({ id: "a" }, { id: "b" });
    await told();
    listener.seat?.begin({ tasks: new Set(["b"]), lastEventId: "0" });
    listener.seat?.begin({ tasks: new Set(["b"]), lastEventId: "1-0" });
    await told();
    expect(listener.notices).toEqual(["ready 0", "ready resumed 1-0"]);
    expect(listener.ids).toEqual(["1-0", "1-1", "1-1"]);
  });
});

describe("a client that does not read", () => {
  test("is given one batch, and all others go on", async () => {
    const { feed, join, told } = createLiveUnderTest();
    const [slow, other] = [await join(), await join()];
    slow.isReading = false;
    for (let round = 0; round < 5; round += 1) {
      feed.call(...many(10));
      await told();
    }
    expect([slow.events.length, other.events.length]).toEqual([10, 50]);
    slow.drain();
    expect(slow.ids).toEqual(other.ids);
  });

  test("for ten seconds is cut off", async () => {
    const { feed, join, told, live } = createLiveUnderTest({ mostClients: 2 });
    const [slow, other] = [await join(), await join()];
    slow.isReading = false;
    feed.call({ id: "a" });
    await told();
    await vi.advanceTimersByTimeAsync(8000);
    expect(slow.ended).toBeNull();
    await vi.advanceTimersByTimeAsync(3000);
    expect([slow.ended, other.ended]).toEqual(["destroyed", null]);
    expect(() => live.requireRoom()).not.toThrow();
  });

  test("and is behind by all that is kept is cut off when it reads again", async () => {
    const { feed, join, told } = createLiveUnderTest({ mostKept: 20 });
    const [slow, other] = [await join(), await join()];
    slow.isReading = false;
    feed.call({ id: "first" });
    feed.hint();
    await vi.advanceTimersByTimeAsync(100);
    for (let round = 0; round < 3; round += 1) {
      feed.call(...many(7));
      feed.hint();
      await vi.advanceTimersByTimeAsync(100);
    }
    slow.drain();
    await told();
    expect([slow.ended, slow.events.length]).toEqual(["destroyed", 1]);
    expect(other.events.length).toBe(22);
  });

  test("is told of a gap only when it reads again", async () => {
    const { feed, join, told } = createLiveUnderTest();
    const slow = await join();
    slow.isReading = false;
    feed.call({ id: "a" });
    await told();
    for (const id of ["b", "c", "d"]) feed.call({ id });
    feed.pruned = 3;
    await told();
    expect(slow.notices).toEqual(["ready 0"]);
    slow.drain();
    expect(slow.notices).toEqual(["ready 0", "reset 4"]);
  });
});

describe("who listens", () => {
  test("is asked for again each minute, and let go when it may no longer", async () => {
    const { join } = createLiveUnderTest();
    const reason: { code: "UNAUTHORIZED" | "STORE_UNREACHABLE" | null } = { code: null };
    const authorise = vi.fn<() => Promise<void>>(async () => {
      if (reason.code) throw new ChapterhouseError(reason.code, "as the test says");
    });
    const listener = await join({}, authorise);
    await vi.advanceTimersByTimeAsync(59_000);
    expect(authorise).toHaveBeenCalledTimes(0);
    await vi.advanceTimersByTimeAsync(2000);
    expect(authorise).toHaveBeenCalledTimes(1);
    reason.code = "STORE_UNREACHABLE";
    await vi.advanceTimersByTimeAsync(60_000);
    expect([authorise.mock.calls.length, listener.ended]).toEqual([2, null]);
    reason.code = "UNAUTHORIZED";
    await vi.advanceTimersByTimeAsync(60_000);
    expect(listener.ended).toBe("unauthorized");
  });

  test("is bounded in number", async () => {
    const { live, join } = createLiveUnderTest({ mostClients: 1 });
    live.requireRoom();
    const listener = await join();
    expect(() => live.requireRoom()).toThrow(expect.objectContaining({ code: "TOO_MANY_CLIENTS" }));
    listener.seat?.leave();
    live.requireRoom();
  });

  test("is what the log is followed for: nobody, and it is left alone after a while", async () => {
    const { feed, join } = createLiveUnderTest();
    expect(feed.followers).toBe(0);
    const listener = await join();
    expect(feed.followers).toBe(1);
    listener.seat?.leave();
    await vi.advanceTimersByTimeAsync(31_000);
    const { reads } = feed;
    await vi.advanceTimersByTimeAsync(31_000);
    expect([feed.followers, feed.reads]).toEqual([0, reads]);
    feed.call({ id: "a" });
    const again = await join({ lastEventId: "0" });
    expect([again.notices, again.ids]).toEqual([["ready resumed 0"], ["1-0"]]);
  });

  test("hears goodbye when the backend ends, and so does whoever comes just then", async () => {
    const { feed, live, join } = createLiveUnderTest();
    const listener = await join();
    live.close();
    expect(listener.ended).toBe("closing");
    expect((await join()).ended).toBe("closing");
    expect(feed.followers).toBe(0);
  });
});

test("a store that is away is asked more and more rarely, and at once on a hint", async () => {
  const { feed, join } = createLiveUnderTest();
  const listener = await join();
  feed.away = true;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(feed.reads).toBeLessThan(20);
  feed.away = false;
  feed.call({ id: "a" });
  feed.hint();
  await vi.advanceTimersByTimeAsync(60);
  expect([listener.ids, listener.notices]).toEqual([["1-0"], ["ready 0"]]);
});
