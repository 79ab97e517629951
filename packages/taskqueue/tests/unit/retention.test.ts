import { ChapterhouseError } from "@chapterhouse/domain";
import { afterEach, describe, expect, test } from "vitest";
import type { Pruned, Retention } from "../../src/index.ts";
import { DEFAULT_RETENTION, type RetentionLoop, startRetention } from "../../src/retention.ts";

const EVERY_MS = 1000;
const PAUSE_MS = 10;

interface Line {
  readonly level: string;
  readonly facts: object;
}

let loop: RetentionLoop | undefined;
afterEach(() => loop?.stop());

/** A loop over the given answers; `sleeps(n)` resolves with the first n waits, `wake` ends the wait under way. */
const start = (answers: readonly (Pruned | Error)[], policy?: Retention) => {
  const asked: Retention[] = [];
  const lines: Line[] = [];
  const slept: number[] = [];
  let wake = () => {};
  let onSleep = () => {};
  const log = (level: string) => (facts: object) => void lines.push({ level, facts });
  loop = startRetention({
    admin: {
      async prune(asks) {
        const answer = answers[asked.length];
        asked.push(asks);
        if (answer instanceof Error) throw answer;
        return answer ?? { removed: 0, more: false };
      },
    },
    log: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
    ...(policy && { policy }),
    everyMs: EVERY_MS,
    pauseMs: PAUSE_MS,
    wait: (ms, signal) =>
      new Promise((resolve, reject) => {
        wake = resolve;
        if (signal.aborted) reject(signal.reason);
        signal.addEventListener("abort", () => reject(signal.reason));
        slept.push(ms);
        onSleep();
      }),
  });
  const sleeps = async (count: number): Promise<readonly number[]> => {
    while (slept.length < count) {
      await new Promise<void>((resolve) => {
        onSleep = resolve;
      });
    }
    return slept;
  };
  return { asked, lines, sleeps, wake: () => wake() };
};

describe("retention", () => {
  test("removes at once while there is more, with a pause between calls, then waits for its time", async () => {
    const { asked, lines, sleeps, wake } = start([
      { removed: 1000, more: true },
      { removed: 1000, more: true },
      { removed: 7, more: false },
      { removed: 1, more: false },
    ]);
    await sleeps(1);
    wake();
    await sleeps(2);
    wake();
    expect(await sleeps(3)).toEqual([PAUSE_MS, PAUSE_MS, EVERY_MS]);
    expect(lines).toEqual([{ level: "info", facts: { removed: 2007 } }]);
    wake();
    expect(await sleeps(4)).toEqual([PAUSE_MS, PAUSE_MS, EVERY_MS, EVERY_MS]);
    expect(asked).toEqual([DEFAULT_RETENTION, DEFAULT_RETENTION, DEFAULT_RETENTION, DEFAULT_RETENTION]);
  });

  test("asks with the policy it was given, and says nothing when nothing was to be done", async () => {
    const policy = { done: { maxAgeMs: 5 } };
    const { asked, lines, sleeps } = start([], policy);
    await sleeps(1);
    expect(asked).toEqual([policy]);
    expect(lines).toEqual([]);
  });

  test.each([
    ["debug", new ChapterhouseError("STORE_UNREACHABLE", "away")],
    ["warn", new ChapterhouseError("STORE_REFUSED", "no")],
  ])("goes on after a call that failed, and says so as %s", async (level, failure) => {
    const { asked, lines, sleeps, wake } = start([failure]);
    expect(await sleeps(1)).toEqual([EVERY_MS]);
    expect(lines).toEqual([{ level, facts: { err: failure } }]);
    wake();
    await sleeps(2);
    expect(asked).toHaveLength(2);
  });

  test("nothing is removed after it was stopped, even where there was more", async () => {
    const { asked, lines, sleeps } = start([{ removed: 1000, more: true }]);
    await sleeps(1);
    await loop?.stop();
    expect(asked).toHaveLength(1);
    expect(lines).toEqual([{ level: "info", facts: { removed: 1000 } }]);
  });
});
