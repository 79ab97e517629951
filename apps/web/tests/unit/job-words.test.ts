import { describe, expect, test } from "vitest";
import {
  cancelWords,
  createdByWords,
  jobProgress,
  leftWords,
  percentWords,
  rateWords,
  shownState,
  stateWords,
} from "../../src/words/job-words.ts";

const MINUTE = 60_000;
const NOW = Date.parse("2026-01-01T12:00:00Z");

test.each([
  [-5_000, "less than a minute left"],
  [59_000, "less than a minute left"],
  [61_000, "about 1 minute left"],
  [4.4 * MINUTE, "about 4 minutes left"],
  [80 * MINUTE, "about 80 minutes left"],
  [100 * MINUTE, "about 2 hours left"],
  [72 * 60 * MINUTE, "about 3 days left"],
])("%d ms before its end there is %s", (left, words) => expect(leftWords(NOW + left, NOW)).toBe(words));

test.each([
  [12.34, "12.3 a second"],
  [1, "1 a second"],
  [0.5, "30 a minute"],
  [0.01, "36 an hour"],
])("%d a second is %s", (rate, words) => expect(rateWords(rate)).toBe(words));

test.each([
  [0, "0 %"],
  [0.9999, "99 %"],
  [1, "100 %"],
])("the fraction %d is %s", (fraction, words) => expect(percentWords(fraction)).toBe(words));

test("done although parts failed is a state of its own; done with what was to be ignored is not", () => {
  const error = { code: "CHILDREN_FAILED", message: "", details: {} };
  const continuation = false;
  expect(shownState({ status: "done", error, continuation })).toBe("done_with_errors");
  expect(shownState({ status: "done", error: null, continuation })).toBe("done");
  expect(shownState({ status: "failed", error, continuation })).toBe("failed");
  expect(stateWords("done_with_errors")).toBe("Done with errors");
});

test("what comes after all parts is a state of its own, until it is over", () => {
  const of = (status: "pending" | "running" | "done" | "cancelling") =>
    shownState({ status, error: null, continuation: true });
  expect([of("pending"), of("running"), of("cancelling"), of("done")]).toEqual([
    "finishing",
    "finishing",
    "cancelling",
    "done",
  ]);
  expect(stateWords("finishing")).toBe("Finishing");
});

describe("how far a job is", () => {
  const job = {
    kind: "scrape.book",
    status: "waiting" as const,
    children: { total: 3_000, done: 1_204, failed: 3, cancelled: 0 },
    progress: null,
    overall: { fraction: 0.4, rate: 7.25, eta: new Date(NOW + 4 * MINUTE).toISOString() },
  };
  test("says counts, failures, speed and what is left", () => {
    expect(jobProgress(job, NOW)).toEqual({
      fraction: 0.4,
      counts: "1,204 of 3,000 chapters",
      failed: "3 failed",
      rate: "7.3 a second",
      left: "about 4 minutes left",
    });
  });
  test("says neither speed nor rest once it has ended, or while it is only to be stopped", () => {
    for (const status of ["done", "failed", "cancelled", "cancelling", "paused", "pending"] as const) {
      expect(jobProgress({ ...job, status }, NOW)).toMatchObject({ rate: null, left: null });
    }
  });
  test("without parts is what it says of itself", () => {
    const alone = { ...job, children: { total: 0, done: 0, failed: 0, cancelled: 0 } };
    const overall = { fraction: null, rate: null, eta: null };
    const progress = { done: 3, total: 12, unit: "pages", message: "", rate: null, eta: null };
    expect(jobProgress({ ...alone, overall }, NOW)).toMatchObject({ fraction: null, counts: null });
    expect(jobProgress({ ...alone, overall, progress }, NOW)).toMatchObject({
      fraction: 0.25,
      counts: "3 of 12 pages",
    });
  });
});

describe("a cancellation", () => {
  const asked = "2026-01-01T12:00:00.000Z";
  const task = { status: "cancelling" as const, cancelRequestedAt: asked, finishedAt: null };
  test("says since when it is asked for", () => {
    expect(cancelWords(task, NOW + 400)).toBe("Cancelling… asked 0.4 s ago");
    expect(cancelWords(task, NOW - 9_000)).toBe("Cancelling… asked 0.0 s ago");
  });
  test("says both times and how long it took", () => {
    const stopped = { ...task, status: "cancelled" as const, finishedAt: "2026-01-01T12:00:02.600Z" };
    expect(cancelWords(stopped, NOW)).toMatch(/^Asked to stop at \d\d:\d\d:00, stopped at \d\d:\d\d:02, after 2\.6 s$/);
  });
  test("is not spoken of where there was none, or where the work ended first", () => {
    expect(cancelWords({ ...task, cancelRequestedAt: null }, NOW)).toBeNull();
    expect(cancelWords({ ...task, status: "done", finishedAt: asked }, NOW)).toBeNull();
  });
});

test.each([
  [null, null],
  ["person:p1", "by you"],
  ["person:p2", "by somebody else"],
  ["key:nightly", "by the key nightly"],
  ["cron:nightly", "by the schedule nightly"],
  ["cron:follow:x", "because it is followed"],
])("created by %s: %s", (createdBy, words) => {
  const me = { id: "p1", email: "p@example.org", name: "P", role: "member" as const };
  expect(createdByWords(createdBy, me)).toBe(words);
});
