import type { Task } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import { openLane, serialLane, type Why } from "../../src/index.ts";
import {
  actOnIds,
  addOne,
  bookTask,
  card,
  claimBy,
  claimOne,
  done,
  failure,
  fenceOf,
  HOUR_MS,
  LEASE_MS,
  narration,
  type Open,
  type QueueUnderTest,
  settleOne,
} from "./queue-under-test.ts";

const beat = (queue: QueueUnderTest, changes: object = {}) =>
  queue.runner.heartbeat({ ...card("runner-a"), ...changes }, LEASE_MS, []);

/** A task in lane `a` beside a runner that could take it. */
const inLane = async (queue: QueueUnderTest, ...before: Parameters<typeof addOne>[1][]): Promise<Task> => {
  await beat(queue);
  for (const task of before) await addOne(queue, task);
  return addOne(queue, narration(1, { lane: "a" }));
};

/** Each reason, reached as it comes about. The reason's own word must not be missed by one that ranks before it. */
const REASONS: readonly (readonly [Why["reason"], (queue: QueueUnderTest) => Promise<Task>, RegExp])[] = [
  [
    "running",
    async (queue) => {
      await addOne(queue);
      return claimOne(queue);
    },
    /runner-a.*1 of 5/,
  ],
  [
    "ended",
    async (queue) => {
      await addOne(queue);
      const task = await claimOne(queue);
      await settleOne(queue, task, failure(true));
      return task;
    },
    /UPSTREAM_ERROR: HTTP 500/,
  ],
  [
    "held",
    async (queue) => {
      const task = await addOne(queue);
      await actOnIds(queue, { type: "hold" }, task.id);
      return task;
    },
    /held/,
  ],
  [
    "cancelling",
    async (queue) => {
      await addOne(queue);
      const task = await claimOne(queue);
      await queue.backend.cancel([task.id]);
      return task;
    },
    /asked to stop/,
  ],
  [
    "children",
    async (queue) => {
      await addOne(queue);
      const task = await claimOne(queue);
      await queue.runner.add([narration(1), narration(2)], fenceOf(task));
      await settleOne(queue, task, { type: "wait" });
      await settleOne(queue, await claimOne(queue), done);
      return task;
    },
    /1 of 2 tasks/,
  ],
  [
    "behind_its_key",
    async (queue) => {
      await addOne(queue, bookTask({ key: "k" }));
      await claimOne(queue);
      return addOne(queue, bookTask({ key: "k", keyMode: "keep_last" }));
    },
    /same key, k/,
  ],
  ["not_due", (queue) => addOne(queue, bookTask({ runAt: Date.now() + HOUR_MS })), /due/],
  [
    "not_due",
    async (queue) => {
      await addOne(queue);
      const task = await claimOne(queue);
      await settleOne(queue, task, { type: "later", runAt: Date.now() + HOUR_MS, reason: "the site is busy" });
      return task;
    },
    /the site is busy/,
  ],
  [
    "kind_disabled",
    async (queue) => {
      const task = await inLane(queue);
      await queue.runnerPorts.definitions.define([{ kind: task.kind, title: "Narrate" }]);
      await queue.backendPorts.definitions.setDefinitionStatus(task.kind, "disabled");
      return task;
    },
    /disabled/,
  ],
  [
    "lane_paused",
    async (queue) => {
      const task = await inLane(queue);
      await queue.backendPorts.admin.pauseLane("a", "maintenance");
      return task;
    },
    /a is paused: maintenance/,
  ],
  [
    "lane_blocked",
    async (queue) => {
      const task = await inLane(queue);
      await queue.runner.blockLane("a", Date.now() + HOUR_MS, "429");
      return task;
    },
    /a is blocked until .*: 429/,
  ],
  [
    "lane_gap",
    async (queue) => {
      const task = await inLane(queue);
      await queue.runner.reserveSlot("a", HOUR_MS);
      return task;
    },
    /next slot/,
  ],
  [
    "lane_rate",
    async (queue) => {
      await queue.backend.configureLane("a", { ...openLane(), rate: { count: 1, intervalMs: HOUR_MS } });
      const task = await inLane(queue, narration(9, { lane: "a" }));
      await claimOne(queue);
      return task;
    },
    /1 task in 3,600 s/,
  ],
  [
    "lane_full",
    async (queue) => {
      await queue.backend.configureLane("a", serialLane());
      const task = await inLane(queue, narration(8, { lane: "a" }), narration(9, { lane: "a" }));
      await claimOne(queue);
      return task;
    },
    /1 task of lane a stands before it/,
  ],
  ["no_runner", (queue) => addOne(queue), /No runner is alive/],
  [
    "no_handler",
    async (queue) => {
      await beat(queue, { kinds: ["scrape.book"] });
      return addOne(queue, narration(1));
    },
    /narrate.chapter/,
  ],
  [
    "runners_busy",
    async (queue) => {
      await beat(queue, { concurrency: 1 });
      await addOne(queue);
      await claimBy(queue, { limit: 1 });
      return addOne(queue);
    },
    /taken/,
  ],
  ["next", (queue) => inLane(queue), /next/],
];

const HAS_TIME: ReadonlySet<Why["reason"]> = new Set(["not_due", "lane_blocked", "lane_gap", "lane_rate"]);

export const explainingSuite = (open: Open): void => {
  test.each(REASONS)("%s", async (reason, reach, words) => {
    const queue = await open();
    const { id } = await reach(queue);
    const why = await queue.backendPorts.admin.why(id);
    expect(why).toMatchObject({ taskId: id, reason, sentence: expect.stringMatching(words) });
    expect(why?.sentence).toMatch(/^[A-Z].*\.$/);
    expect(why?.until !== null && Date.parse(why?.until ?? "") > Date.now()).toBe(HAS_TIME.has(reason));
  });

  test("of an unknown task nothing is told", async () => {
    expect(await (await open()).backendPorts.admin.why("nosuchtask12345")).toBeNull();
  });
};
