import type { Hint } from "../../src/index.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WakeUp } from "../../src/worker/wake-up.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const woken = (random = 0.5) => {
  const looks: [Hint, boolean][] = [];
  const wakeUp = new WakeUp({ random: () => random, look: (hint, isAtOnce) => looks.push([hint, isAtOnce]) });
  return { wakeUp, looks };
};

test("alone, it looks at once, and once more when a further hint would have been sent", () => {
  const { wakeUp, looks } = woken();
  wakeUp.hear("work");
  expect(looks).toEqual([["work", true]]);
  vi.advanceTimersByTime(50);
  expect(looks).toHaveLength(1);
  vi.advanceTimersByTime(50);
  expect(looks).toEqual([
    ["work", true],
    ["work", false],
  ]);
});

test("where others were faster before, it mostly looks later, but always soon", () => {
  const { wakeUp, looks } = woken();
  wakeUp.found(false);
  wakeUp.found(false);
  wakeUp.hear("work");
  expect(looks).toEqual([]);
  vi.advanceTimersByTime(75);
  expect(looks).toEqual([["work", false]]);
});

test("hints without end do not put the later look off, and the last is followed by one", () => {
  const { wakeUp, looks } = woken(0.9);
  for (let times = 0; times < 9; times += 1) wakeUp.found(false);
  for (let times = 0; times < 10; times += 1) {
    wakeUp.hear("work");
    vi.advanceTimersByTime(50);
  }
  expect(looks.length).toBeGreaterThanOrEqual(6);
  const before = looks.length;
  wakeUp.hear("work");
  // Not the look that was due already: one a hint's gap after this hint.
  vi.advanceTimersByTime(50);
  vi.advanceTimersByTime(100);
  expect(looks.length).toBeGreaterThan(before);
  vi.advanceTimersByTime(1000);
  const after = looks.length;
  vi.advanceTimersByTime(1000);
  expect(looks).toHaveLength(after);
});

test("what it finds makes it bolder again", () => {
  const { wakeUp, looks } = woken();
  wakeUp.found(false);
  wakeUp.found(false);
  wakeUp.found(true);
  wakeUp.found(true);
  wakeUp.hear("work");
  expect(looks).toEqual([["work", true]]);
});

test("of many tasks there is one for it", () => {
  const { wakeUp, looks } = woken();
  for (let times = 0; times < 20; times += 1) wakeUp.found(false);
  wakeUp.hear("work", 10);
  expect(looks).toEqual([]);
  wakeUp.hear("work", 100);
  expect(looks).toEqual([["work", true]]);
});

test("a cancellation is everybody's business", () => {
  const { wakeUp, looks } = woken();
  wakeUp.found(false);
  wakeUp.hear("cancel");
  expect(looks).toEqual([["cancel", true]]);
});

test("a fleet that hears of single tasks soon sends but a few for each", () => {
  let random = 1;
  const next = () => (random = (random * 16_807) % 2_147_483_647) / 2_147_483_647;
  let lookers: WakeUp[] = [];
  const fleet = Array.from({ length: 50 }, () => {
    const wakeUp: WakeUp = new WakeUp({ random: next, look: (_, isAtOnce) => isAtOnce && lookers.push(wakeUp) });
    return wakeUp;
  });
  const counts: number[] = [];
  for (let round = 0; round < 60; round += 1) {
    lookers = [];
    for (const wakeUp of fleet) wakeUp.hear("work");
    for (const [place, wakeUp] of lookers.entries()) wakeUp.found(place === 0);
    counts.push(lookers.length);
    vi.advanceTimersByTime(200);
  }
  const settled = counts.slice(20);
  expect(counts[0]).toBe(50);
  expect(settled.reduce((sum, count) => sum + count, 0) / settled.length).toBeLessThan(6);
});
