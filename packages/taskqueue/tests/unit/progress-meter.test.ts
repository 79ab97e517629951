import { type ProgressReport, progressSchema } from "@chapterhouse/domain";
import { beforeEach, expect, test } from "vitest";
import { ProgressMeter } from "../../src/worker/progress-meter.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const after = (seconds: number): string => new Date(START + seconds * 1000).toISOString();

let seconds: number;
let meter: ProgressMeter;
beforeEach(() => {
  seconds = 0;
  meter = new ProgressMeter({ ticks: () => seconds * 1000, queueNow: () => START + seconds * 1000 });
});

const say = (at: number, done: number, more: Partial<ProgressReport> = {}) => {
  seconds = at;
  return meter.measure({ done, total: 100, unit: "pages", ...more });
};

test("a rate is known once two calls are a second apart, and with it the end", () => {
  expect(say(0, 0)).toEqual({ done: 0, total: 100, unit: "pages", message: "", rate: null, eta: null });
  expect(say(0.9, 9)).toMatchObject({ rate: null, eta: null });
  expect(say(2, 20)).toMatchObject({ rate: 10, eta: after(10) });
  // Too soon to say more of the pace, but there is less to do.
  expect(say(2.5, 60)).toMatchObject({ rate: 10, eta: after(6.5) });
});

test("what was lately counts most, and a short rest is not forgotten at once", () => {
  say(0, 0);
  expect(say(10, 10).rate).toBe(1);
  const rested = say(15, 10).rate ?? 0;
  expect(rested).toBeCloseTo(Math.exp(-5 / 15), 6);
  expect(say(75, 10).rate).toBeCloseTo(rested * Math.exp(-60 / 15), 6);
});

test.each([
  ["nothing is known of the whole", { total: null }],
  ["nothing moves", { done: 0 }],
  ["it would take ten years", { total: 1e12 }],
])("there is no end in sight when %s", (_, more) => {
  say(0, 0);
  expect(say(1, 1, more).eta).toBeNull();
});

test.each([
  ["another unit", { done: 3, unit: "chapters" }],
  ["less than before", { done: 1 }],
])("%s is counted anew", (_, more) => {
  say(0, 0);
  expect(say(1, 2).rate).toBe(2);
  expect(say(2, 3, more).rate).toBeNull();
  expect(say(4, 9, { ...more, done: (more.done ?? 0) + 4 }).rate).toBe(2);
});

test("what the handler says itself stands", () => {
  say(0, 0);
  expect(say(2, 2, { rate: 7, eta: null })).toMatchObject({ rate: 7, eta: null });
  expect(say(4, 4, { rate: null }).rate).toBeNull();
  expect(say(5, 5, { eta: after(99) }).eta).toBe(after(99));
});

test.each([
  { done: Number.NaN, total: Number.POSITIVE_INFINITY, unit: "u".repeat(40), message: "y".repeat(600) },
  { done: -1, total: -1, unit: "pages", rate: Number.NaN },
  { done: 1, total: 2, unit: "pages", eta: "tomorrow" },
])("one that nobody could show is made one that can be: %o", (report) => {
  expect(progressSchema.safeParse(meter.measure(report))).toMatchObject({ success: true });
});
