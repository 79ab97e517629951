import type { LiveEvent, Task } from "@chapterhouse/domain";
import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { applyEvents, gather } from "../../src/live/apply-events.ts";
import { keepCurrent } from "../../src/live/follow-queue.tsx";
import { followLive, type Stream } from "../../src/live/live-stream.ts";
import { createRereader, REREAD_MS } from "../../src/live/reread.ts";

const AT = "2026-01-01T12:00:00.000Z";
const LATER = "2026-01-01T12:00:01.000Z";
const NONE = { total: 0, done: 0, failed: 0, cancelled: 0 };

const task = (id: string, more: Partial<Task> = {}): Task => ({
  id,
  kind: "scrape.chapter",
  lane: "default",
  key: null,
  status: "running",
  priority: 0,
  runAt: AT,
  revision: 1,
  flags: [],
  group: null,
  payload: {},
  attempts: 1,
  maxAttempts: 3,
  crashes: 0,
  lease: 1,
  runner: "r",
  parent: "job",
  children: NONE,
  onChildFailure: "fail",
  continuation: false,
  progress: null,
  checkpoint: null,
  result: null,
  error: null,
  deadline: null,
  waitingFor: null,
  createdBy: null,
  createdAt: AT,
  updatedAt: AT,
  startedAt: AT,
  finishedAt: null,
  cancelRequestedAt: null,
  ...more,
});

const event = (more: Partial<LiveEvent> = {}): LiveEvent => ({
  id: null,
  type: "item.updated",
  task: "job",
  item: "a",
  kind: "scrape.chapter",
  status: "done",
  children: null,
  progress: null,
  overall: null,
  at: LATER,
  ...more,
});

const gathered = (...events: LiveEvent[]) => {
  const all = new Map<string, LiveEvent>();
  for (const each of events) gather(all, each);
  return all;
};

describe("what happened", () => {
  const client = new QueryClient();
  const job = {
    ...task("job", { parent: null, status: "waiting" }),
    subject: "",
    overall: { fraction: 0, rate: 1, eta: null },
  };
  const page = (first: number) => ({ parent: "job", items: [{ index: first, task: task(first === 0 ? "a" : "b") }] });
  beforeEach(() => {
    client.clear();
    client.setQueryData(["queues", {}], { pages: [{ items: [job], nextCursor: null }], pageParams: [null] });
    client.setQueryData(["ongoing"], { items: [job] });
    client.setQueryData(["queue", "job"], job);
    client.setQueryData(["queue", "job", "items", 0], page(0));
    client.setQueryData(["queue", "job", "items", 1], page(1));
    client.setQueryData(["books", ""], { items: [{ id: "a" }] });
  });

  test("stands wherever the page shows the task, and what shows others stays the same object", () => {
    const other = client.getQueryData(["queue", "job", "items", 1]);
    const again = applyEvents(client, gathered(event()));
    expect(client.getQueryData(["queue", "job", "items", 0])).toMatchObject({
      items: [{ index: 0, task: { id: "a", status: "done", finishedAt: LATER } }],
    });
    expect(client.getQueryData(["queue", "job", "items", 1])).toBe(other);
    expect(again).toEqual([["status"]]);
  });

  test("to a job stands in every list, with its figures", () => {
    const children = { total: 2, done: 1, failed: 0, cancelled: 0 };
    const overall = { fraction: 0.5, rate: 2, eta: LATER };
    const said = event({ type: "task.updated", task: "job", item: null, status: "waiting", children, overall });
    expect(applyEvents(client, gathered(said))).toEqual([["status"]]);
    const expected = { status: "waiting", children, overall };
    expect(client.getQueryData(["queue", "job"])).toMatchObject(expected);
    expect(client.getQueryData(["ongoing"])).toMatchObject({ items: [expected] });
    expect(client.getQueryData(["queues", {}])).toMatchObject({ pages: [{ items: [expected] }] });
  });

  test.each([
    ["failed: the page with the reason is read again", event({ status: "failed" }), [["queue", "job", "items", 0]]],
    [
      "a job's end: the lists are read again",
      event({ type: "task.completed", task: "job", item: null, status: "done" }),
      [["queues"], ["ongoing"], ["tasks"]],
    ],
    [
      "a new job: the lists are read again",
      event({ type: "task.created", task: "new", item: null, status: "pending" }),
      [["queues"], ["ongoing"], ["tasks"]],
    ],
    ["of a part that nobody sees", event({ item: "unknown" }), []],
  ])("%s", (_, said, again) => expect(applyEvents(client, gathered(said))).toEqual([["status"], ...again]));

  test("before the page read the task changes nothing", () => {
    const before = client.getQueryData(["queue", "job", "items", 0]);
    applyEvents(client, gathered(event({ status: "pending", at: "2026-01-01T11:59:59.999Z" })));
    expect(client.getQueryData(["queue", "job", "items", 0])).toBe(before);
  });

  test("while it is being read is read once more: the answer may be older", async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const reading = client.fetchQuery({ queryKey: ["queue", "job"], queryFn: () => promise });
    const said = event({ type: "task.updated", task: "job", item: null, status: "waiting", children: NONE });
    expect(applyEvents(client, gathered(said))).toContainEqual(["queue", "job"]);
    resolve(job);
    await reading;
  });

  test("twice to one task is gathered: the last state, the last figures that were said", () => {
    const progress = { done: 1, total: 2, unit: "pages", message: "", rate: null, eta: null };
    const all = gathered(event({ status: "running", progress }), event({ status: "done" }));
    expect([...all.values()]).toMatchObject([{ status: "done", progress }]);
  });

  test("to a job that is new stays news, whatever it says next", () => {
    const base = { task: "new", item: null } as const;
    const all = gathered(event({ ...base, type: "task.created" }), event({ ...base, type: "task.updated" }));
    expect(all.get("new")?.type).toBe("task.created");
  });
});

/** A stream as a browser has it, whose server is the test. */
class FakeStream extends EventTarget {
  readyState = 1;
  readonly url: string;
  constructor(url: string) {
    super();
    this.url = url;
  }
  close() {
    this.readyState = 2;
  }
  say(type: string, data: unknown = {}, lastEventId = "") {
    this.dispatchEvent(new MessageEvent(type, { data: JSON.stringify(data), lastEventId }));
  }
  break(readyState: 0 | 2) {
    this.readyState = readyState;
    this.dispatchEvent(new Event("error"));
  }
}

const fakeStreams = () => {
  const opened: FakeStream[] = [];
  const open = (url: string) => {
    const stream = new FakeStream(url);
    opened.push(stream);
    return stream as unknown as Stream;
  };
  return { opened, open, last: () => opened.at(-1) as FakeStream };
};

describe("in time", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("a stream that the server refused is taken up again after its last event, less and less often", () => {
    const { opened, open, last } = fakeStreams();
    const told: string[] = [];
    const stop = followLive({
      open,
      after: null,
      onEvent: ({ type }) => told.push(type),
      onPlace: (id) => told.push(id),
      onReady: () => told.push("ready"),
      onReset: () => told.push("reset"),
      onAway: () => told.push("away"),
    });
    last().say("ready");
    last().say("item.updated", event(), "7-1");
    last().break(0);
    vi.advanceTimersByTime(60_000);
    expect(opened).toHaveLength(1);
    last().break(2);
    vi.advanceTimersByTime(1_000);
    expect(opened.map(({ url }) => url)).toEqual(["/events/queues", "/events/queues?lastEventId=7-1"]);
    last().break(2);
    vi.advanceTimersByTime(1_999);
    expect(opened).toHaveLength(2);
    vi.advanceTimersByTime(1);
    last().say("reset", {}, "99-0");
    expect(told).toEqual(["ready", "7-1", "item.updated", "away", "away", "away", "99-0", "reset"]);
    last().break(2);
    stop();
    vi.advanceTimersByTime(60_000);
    expect(opened).toHaveLength(3);
  });

  test("what is read again is read at once, and then at most every two seconds", () => {
    const client = new QueryClient();
    const read = vi.spyOn(client, "invalidateQueries").mockResolvedValue();
    const rereader = createRereader(client);
    for (let each = 0; each < 50; each += 1) rereader.reread(["status"]);
    expect(read).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(REREAD_MS);
    expect(read).toHaveBeenCalledTimes(2);
    rereader.reread(["status"]);
    rereader.stop();
    vi.advanceTimersByTime(REREAD_MS);
    expect(read).toHaveBeenCalledTimes(2);
  });

  test("the page is followed from “ready” to the first silence, and changes ten times a second at most", () => {
    const { open, last } = fakeStreams();
    const client = new QueryClient();
    client.setQueryData(["queue", "job", "items", 0], { parent: "job", items: [{ index: 0, task: task("a") }] });
    const states: boolean[] = [];
    let lastEvent = "";
    const set = vi.spyOn(client, "setQueryData");
    const stop = keepCurrent({
      client,
      open,
      after: "3-0",
      setFollowing: (state) => states.push(state),
      onPlace: (id) => (lastEvent = id),
    });
    expect(last().url).toBe("/events/queues?lastEventId=3-0");
    last().say("ready");
    for (let n = 0; n < 20; n += 1)
      last().say("item.updated", event({ status: n < 19 ? "waiting" : "done" }), `4-${n}`);
    vi.advanceTimersByTime(100);
    expect(set).toHaveBeenCalledTimes(1);
    expect(lastEvent).toBe("4-19");
    last().break(0);
    expect(states).toEqual([true, false]);
    stop();
    expect(last().readyState).toBe(2);
  });
});
