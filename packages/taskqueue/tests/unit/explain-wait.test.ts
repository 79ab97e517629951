import type { Task } from "@chapterhouse/domain";
import { describe, expect, test } from "vitest";
import { explainWait, MOST_COUNTED_AHEAD, type WaitFacts } from "../../src/explain-wait.ts";
import type { Why } from "../../src/index.ts";
import { addedRow, taskSpec, toTask } from "../../src/task-row.ts";

const NOW = Date.parse("2026-11-22T12:00:00.000Z");
const SECOND_MS = 1000;
const at = (seconds: number): string => new Date(NOW + seconds * SECOND_MS).toISOString();

const pending: Task = {
  ...toTask(addedRow(taskSpec({ kind: "narrate.chapter", payload: {}, lane: "host:example.org" }, NOW), "", NOW)),
  id: "t1",
};
const lane: WaitFacts["lane"] = {
  name: "host:example.org",
  paused: false,
  blockedUntil: 0,
  reason: "",
  nextAt: 0,
  rate: null,
  rateOpensAt: 0,
  concurrency: null,
  running: 0,
};
const facts: WaitFacts = {
  task: pending,
  lane,
  kindIs: null,
  behind: false,
  keyHolder: null,
  ahead: 0,
  runners: { alive: 2, able: 2, places: 8, free: 3 },
};

interface Case extends Pick<Why, "reason" | "sentence"> {
  readonly until?: string;
  readonly task?: Partial<Task>;
  readonly lane?: Partial<WaitFacts["lane"]>;
  readonly more?: Partial<WaitFacts>;
}

const failure = { code: "UPSTREAM_ERROR", message: "HTTP 500.", details: {} };
const children = { total: 40, done: 10, failed: 1, cancelled: 1 };
const full = { concurrency: 1, running: 1 };
const noRunners = { alive: 0, able: 0, places: 0, free: 0 };

const CASES: readonly Case[] = [
  {
    reason: "ended",
    sentence: "It was done at 11:59:30 UTC.",
    task: { status: "done", finishedAt: at(-30) },
  },
  {
    reason: "ended",
    sentence: "It failed at 2026-11-21 12:00:00 UTC: UPSTREAM_ERROR: HTTP 500.",
    task: { status: "failed", finishedAt: at(-86_400), error: failure },
  },
  { reason: "ended", sentence: "It was cancelled at 12:00:00 UTC.", task: { status: "cancelled", finishedAt: at(0) } },
  {
    reason: "running",
    sentence: "It runs since 11:59:00 UTC on runner r-1, attempt 2 of 5.",
    task: { status: "running", startedAt: at(-60), runner: "r-1", attempts: 2 },
  },
  {
    reason: "cancelling",
    sentence: "It was asked to stop at 11:59:58 UTC: its runner has not answered yet.",
    task: { status: "cancelling", cancelRequestedAt: at(-2) },
  },
  {
    reason: "cancelling",
    sentence: "It was asked to stop at 11:59:58 UTC: 28 tasks of it still stop.",
    task: { status: "cancelling", cancelRequestedAt: at(-2), children },
  },
  {
    reason: "children",
    sentence: "It waits for its own tasks: 12 of 40 tasks have ended.",
    task: { status: "waiting", children },
  },
  { reason: "held", sentence: "It is held: an operator must resume it.", task: { status: "paused" } },
  {
    reason: "behind_its_key",
    sentence: "It starts when task t0 with the same key, nightly, has ended.",
    task: { key: "nightly", runAt: at(60) },
    more: { behind: true, keyHolder: "t0" },
  },
  { reason: "not_due", sentence: "It is due at 12:01:00 UTC.", until: at(60), task: { runAt: at(60) } },
  {
    reason: "not_due",
    sentence: "It was put off to 12:01:00 UTC: the runner stops.",
    until: at(60),
    task: { runAt: at(60), waitingFor: "the runner stops" },
  },
  {
    reason: "not_due",
    sentence: "It is tried again at 12:01:00 UTC: attempt 2 of 5 failed with UPSTREAM_ERROR: HTTP 500.",
    until: at(60),
    task: { runAt: at(60), attempts: 2, error: failure },
  },
  {
    reason: "kind_disabled",
    sentence: "Tasks of kind narrate.chapter are held: the kind's definition is disabled.",
    more: { kindIs: "disabled" },
  },
  {
    reason: "kind_disabled",
    sentence: "Tasks of kind narrate.chapter are held: the kind's definition is removed.",
    more: { kindIs: "removed" },
  },
  {
    reason: "lane_paused",
    sentence: "Lane host:example.org is paused: the site moves.",
    lane: { paused: true, reason: "the site moves" },
  },
  { reason: "lane_paused", sentence: "Lane host:example.org is paused.", lane: { paused: true } },
  {
    reason: "lane_blocked",
    sentence: "Lane host:example.org is blocked until 12:04:10 UTC: 429, Retry-After 250 s.",
    until: at(250),
    lane: { blockedUntil: NOW + 250 * SECOND_MS, reason: "429, Retry-After 250 s." },
  },
  {
    reason: "lane_gap",
    sentence: "Lane host:example.org keeps a gap between its requests: its next slot is at 12:00:05 UTC.",
    until: at(5),
    lane: { nextAt: NOW + 5 * SECOND_MS },
  },
  {
    reason: "lane_rate",
    sentence: "Lane host:example.org lets 5 tasks in 10 s through: the next at 12:00:02 UTC.",
    until: at(2),
    lane: { rate: { count: 5, intervalMs: 10 * SECOND_MS }, rateOpensAt: NOW + 2 * SECOND_MS },
  },
  {
    reason: "lane_full",
    sentence: "It waits for its turn: 214 tasks of lane host:example.org stand before it, which runs 1 at a time.",
    lane: full,
    more: { ahead: 214 },
  },
  {
    reason: "lane_full",
    sentence: "It is the next of lane host:example.org, which runs 1 at a time and is full.",
    lane: full,
  },
  { reason: "no_runner", sentence: "No runner is alive.", more: { runners: noRunners } },
  {
    reason: "no_handler",
    sentence: "No runner that does narrate.chapter is alive: none of the 2 that are does.",
    more: { runners: { ...noRunners, alive: 2 } },
  },
  {
    reason: "no_handler",
    sentence: "No runner that does narrate.chapter is alive: the one that is does not.",
    more: { runners: { ...noRunners, alive: 1 } },
  },
  {
    reason: "runners_busy",
    sentence: "It waits for a runner: all 8 places of 2 runners that do narrate.chapter are taken.",
    more: { runners: { alive: 3, able: 2, places: 8, free: 0 } },
  },
  {
    reason: "runners_busy",
    sentence:
      "It waits for a runner: the 4 places of the one runner that does narrate.chapter are taken, and 1 task of lane host:example.org stands before it.",
    more: { ahead: 1, runners: { alive: 1, able: 1, places: 4, free: 0 } },
  },
  { reason: "next", sentence: "It is next: a runner takes it in a moment." },
  {
    reason: "next",
    sentence:
      "It waits for its turn: at least 10,000 tasks of lane host:example.org stand before it, and runners are free.",
    more: { ahead: MOST_COUNTED_AHEAD },
  },
];

const explain = (one: Partial<Case>): Why =>
  explainWait({ ...facts, ...one.more, task: { ...pending, ...one.task }, lane: { ...lane, ...one.lane } }, NOW);

describe("why a task does not run", () => {
  test.each(CASES)("$reason: $sentence", ({ reason, sentence, until = null, ...given }) => {
    expect(explain(given)).toEqual({ taskId: "t1", reason, sentence, until });
  });

  test("times that have come are no reasons, and a rate's bucket that filled again is none either", () => {
    const past = { blockedUntil: NOW, nextAt: NOW, rate: { count: 1, intervalMs: 1 }, rateOpensAt: NOW };
    expect(explain({ task: { runAt: at(0) }, lane: past }).reason).toBe("next");
  });
});

/** Each of these holds in the facts of the test at once with all after it; the first is told. */
const ALL_AT_ONCE: readonly Partial<Case>[] = [
  { task: { status: "paused" } },
  { more: { behind: true, keyHolder: "t0" } },
  { task: { runAt: at(60) } },
  { more: { kindIs: "disabled" } },
  { lane: { paused: true } },
  { lane: { blockedUntil: NOW + 1 } },
  { lane: { nextAt: NOW + 1 } },
  { lane: { rate: { count: 1, intervalMs: 1 }, rateOpensAt: NOW + 1 } },
  { lane: full },
  { more: { runners: noRunners } },
];
const ORDER: readonly Why["reason"][] = [
  "held",
  "behind_its_key",
  "not_due",
  "kind_disabled",
  "lane_paused",
  "lane_blocked",
  "lane_gap",
  "lane_rate",
  "lane_full",
  "no_runner",
];

test.each(ORDER.map((reason, index) => ({ reason, index })))(
  "$reason comes before all after it",
  ({ reason, index }) => {
    const rest = ALL_AT_ONCE.slice(index);
    const all = {
      task: Object.assign({}, ...rest.map((one) => one.task)),
      lane: Object.assign({}, ...rest.map((one) => one.lane)),
      more: Object.assign({}, ...rest.map((one) => one.more)),
    };
    expect(explain(all).reason).toBe(reason);
  },
);
