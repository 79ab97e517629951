import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createLiveUnderTest, type Listener } from "./live-under-test.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-01-01T00:00:00Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Twelve changes in six calls, as ids of the tasks. */
const WRITTEN = Array.from({ length: 12 }, (_, index) => `t${index}`);
const write = (feed: ReturnType<typeof createLiveUnderTest>["feed"]) => {
  for (const size of [1, 3, 2, 1, 4, 1]) {
    const from = feed.last === 0 ? 0 : written;
    feed.call(...WRITTEN.slice(from, from + size).map((id) => ({ id })));
    written = from + size;
  }
};
let written = 0;
const told = ({ events }: Listener) => events.map(({ task }) => task);

describe("a client that comes back", () => {
  test("after any event is told the rest, each exactly once and in order", async () => {
    const { feed, join, told: settle } = createLiveUnderTest();
    const first = await join();
    expect(first.notices).toEqual(["ready 0"]);
    write(feed);
    await settle();
    expect(told(first)).toEqual(WRITTEN);
    expect(first.ids).toHaveLength(WRITTEN.length);
    for (const [index, id] of first.ids.entries()) {
      const again = await join({ lastEventId: id });
      expect(again.notices).toEqual([`ready resumed ${id}`]);
      expect(told(again)).toEqual(WRITTEN.slice(index + 1));
    }
  });

  test("to a backend that has just begun is told from the store's log", async () => {
    const before = createLiveUnderTest();
    const first = await before.join();
    write(before.feed);
    await before.told();
    for (const [index, id] of first.ids.entries()) {
      const { join } = createLiveUnderTest({ feed: before.feed });
      const again = await join({ lastEventId: id });
      expect(again.notices).toEqual([`ready resumed ${id}`]);
      expect(told(again)).toEqual(WRITTEN.slice(index + 1));
    }
  });

  test("with many others costs one reading of the log", async () => {
    const { feed, join } = createLiveUnderTest();
    write(feed);
    await Promise.all(Array.from({ length: 50 }, () => join({ lastEventId: "1-0" })));
    // Where it stands, and back.
    expect(feed.reads).toBe(2);
  });

  test("while the log goes on misses nothing between the two", async () => {
    const { feed, join, told: settle } = createLiveUnderTest();
    write(feed);
    const read = feed.read.bind(feed);
    vi.spyOn(feed, "read").mockImplementation(async (after, limit) => {
      const answer = await read(after, Math.min(limit, 2));
      if (after !== null && after < 4) feed.call({ id: `late${after}` });
      return answer;
    });
    const listener = await join({ lastEventId: "2-0" });
    await settle();
    expect(told(listener)).toEqual([...WRITTEN.slice(2), ...told(listener).filter((id) => id.startsWith("late"))]);
    expect(told(listener).filter((id) => id.startsWith("late")).length).toBeGreaterThan(0);
    expect(new Set(listener.ids).size).toBe(listener.ids.length);
  });

  test.each([
    ["nobody's id", "abc"],
    ["an id from a log that is longer", "99-0"],
  ])("with %s is told to read anew", async (_what, lastEventId) => {
    const { feed, join, told: settle } = createLiveUnderTest();
    write(feed);
    const listener = await join({ lastEventId });
    await settle();
    expect(listener.notices).toEqual(["reset 6"]);
  });

  test("after what the log still has is told to read anew", async () => {
    const { feed, join, told: settle } = createLiveUnderTest();
    write(feed);
    feed.pruned = 3;
    const listener = await join({ lastEventId: "2-0" });
    expect(listener.notices).toEqual(["reset 6"]);
    feed.call({ id: "later" });
    await settle();
    expect(told(listener)).toEqual(["later"]);
  });

  test("after more than is kept is told to read anew", async () => {
    const { feed, join } = createLiveUnderTest({ mostKept: 5 });
    write(feed);
    expect((await join({ lastEventId: "1-0" })).notices).toEqual(["reset 6"]);
    expect((await join({ lastEventId: "4-0" })).notices).toEqual(["ready resumed 4-0"]);
  });

  test("from another backend that had read further waits for this one's reading", async () => {
    const { feed, join, told: settle } = createLiveUnderTest();
    await join();
    write(feed);
    const again = await join({ lastEventId: "6-0" });
    await settle();
    expect(again.notices).toEqual(["ready resumed 6-0"]);
    expect(told(again)).toEqual([]);
  });

  test("while the store is away is told to read anew when it is back", async () => {
    const { feed, join, told: settle } = createLiveUnderTest();
    write(feed);
    feed.away = true;
    const listener = await join({ lastEventId: "6" });
    expect(listener.heard).toEqual([]);
    feed.away = false;
    await settle();
    expect(listener.notices).toEqual(["ready resumed 6"]);
  });
});

describe("a gap in the log", () => {
  test("is told to everyone, who go on from there", async () => {
    const { feed, join, told: settle } = createLiveUnderTest();
    const listeners = [await join(), await join({ tasks: ["t1"] })];
    feed.away = true;
    write(feed);
    feed.pruned = 2;
    feed.away = false;
    await settle();
    for (const listener of listeners) expect(listener.notices).toEqual(["ready 0", "reset 6"]);
    feed.call({ id: "t1" });
    await settle();
    for (const listener of listeners) expect(told(listener)).toEqual(["t1"]);
  });

  test("is a log that was put back to an earlier moment as well", async () => {
    const { feed, join, told: settle } = createLiveUnderTest();
    const listener = await join();
    write(feed);
    await settle();
    feed.putBack(2);
    await settle();
    expect(listener.notices).toEqual(["ready 0", "reset 2"]);
  });
});
