import { describe, expect, test } from "vitest";
import {
  LIVE_STATUSES,
  TASK_EVENTS,
  TASK_STATUSES,
  TERMINAL_STATUSES,
  isTerminal,
  retryDelayMs,
  transition,
} from "@chapterhouse/domain";

describe("the life of a task", () => {
  test.each(LIVE_STATUSES)("a %s task can come to an end", (status) => {
    const reached = new Set<string>([status]);
    for (const from of reached) {
      for (const event of TASK_EVENTS) {
        const next = transition(from as (typeof LIVE_STATUSES)[number], event);
        if (next) reached.add(next);
      }
    }
    expect([...reached].some((name) => (TERMINAL_STATUSES as readonly string[]).includes(name))).toBe(true);
  });

  test("only an operator brings a terminal task back or takes it as done; a done one only waits for its children again", () => {
    for (const status of TASK_STATUSES.filter(isTerminal)) {
      const alive = TASK_EVENTS.filter((event) => transition(status, event) !== null);
      expect(alive).toEqual(status === "done" ? ["reopen"] : ["reopen", "redrive", "complete"]);
    }
  });

  test("one that waits again runs only when its children are over", () => {
    expect(TASK_EVENTS.filter((event) => transition("waiting", event) === "pending")).toEqual(["children_resume"]);
  });

  test("whatever happens to a task that is being cancelled, it ends as cancelled", () => {
    for (const event of TASK_EVENTS) {
      expect([null, "cancelled", "cancelling"]).toContain(transition("cancelling", event));
    }
  });

  test("only a pending task is claimed", () => {
    expect(TASK_STATUSES.filter((status) => transition(status, "claim"))).toEqual(["pending"]);
  });
});

test("a retry waits longer with each attempt, never less than half a second, never more than its bound", () => {
  expect(retryDelayMs(1, () => 0)).toBe(500);
  expect(retryDelayMs(1, () => 1)).toBe(2718);
  expect(retryDelayMs(5, () => 0.5)).toBe(74_207);
  expect(retryDelayMs(10, () => 1)).toBe(retryDelayMs(99, () => 1));
});
