import { ChapterhouseError } from "@chapterhouse/domain";
import { describe, expect, test } from "vitest";
import { parseCronItems } from "../../../src/cron/cron-spec.ts";
import { parseCrontab } from "../../../src/cron/crontab-text.ts";
import type { CronProblem } from "../../../src/cron/mistake.ts";
import { readSchedule } from "../../../src/cron/schedule.ts";

const problemsOf = (read: () => unknown): readonly CronProblem[] => {
  try {
    read();
  } catch (error) {
    if (error instanceof ChapterhouseError && error.code === "CRON_INVALID") {
      return error.details["problems"] as CronProblem[];
    }
    throw error;
  }
  return [];
};

const DAY_MS = 86_400_000;

describe("a crontab's lines", () => {
  test("with nothing but a schedule and a kind have the defaults", () => {
    expect(parseCrontab("30 4 * * 1 send_weekly_email")).toEqual([
      {
        identifier: "send_weekly_email",
        kind: "send_weekly_email",
        schedule: "30 4 * * 1",
        timeZone: "UTC",
        catchUp: { mode: "none" },
        fillMs: null,
        payload: {},
        lane: null,
        priority: 0,
        maxAttempts: null,
        key: null,
        keyMode: "replace",
      },
    ]);
  });

  test.each([
    ["?id=a", { identifier: "a" }],
    ["?max=10", { maxAttempts: 10 }],
    ["?queue=mail&priority=-5", { lane: "mail", priority: -5 }],
    ["?queue=host%3Aa.example", { lane: "host:a.example" }],
    ["?key=k&key_mode=keep_last", { key: "k", keyMode: "keep_last" }],
    ["?jobKey=k&jobKeyMode=preserve_run_at", { key: "k", keyMode: "preserve_run_at" }],
    ["?tz=Europe/Berlin", { timeZone: "Europe/Berlin" }],
    ["?fill=4w3d2h1m5s", { fillMs: 31 * DAY_MS + 7_265_000, catchUp: { mode: "all", max: 1000 } }],
    ["?fill=2d&catchup=latest", { fillMs: 2 * DAY_MS, catchUp: { mode: "latest" } }],
    ["?catchup=all:7", { catchUp: { mode: "all", max: 7 }, fillMs: null }],
    ["{onboarding: false, n: .5, /* why */ s: 'a b',}", { payload: { onboarding: false, n: 0.5, s: "a b" } }],
    ["?max=2 {a: '?max=3'}", { maxAttempts: 2, payload: { a: "?max=3" } }],
    ["  ?max=2\t{a: 1}  ", { maxAttempts: 2, payload: { a: 1 } }],
  ])("%s", (rest, expected) => {
    expect(parseCrontab(`0 3 * * * rollup ${rest}`)).toMatchObject([expected]);
  });

  test("stand between comments and empty lines, however a line ends", () => {
    const text = "# nightly\r\n\r\n  0 3 * * *  a\r\n\t# and\n0  4 * * *\tb\n";
    expect(parseCrontab(text).map(({ kind }) => kind)).toEqual(["a", "b"]);
  });

  test.each([
    ["0 3 * * rollup", 1, 1],
    ["60 3 * * * rollup", 1, 1],
    ["0 3,24 * * * rollup", 1, 5],
    ["0 3 0 * * rollup", 1, 5],
    ["0 3 * 1-13 * rollup", 1, 7],
    ["0 3 * * 5-1 rollup", 1, 9],
    ["*/0 3 * * * rollup", 1, 1],
    ["5/10 3 * * * rollup", 1, 1],
    ["0 3 31 2 * rollup", 1, 1],
    ["# ok\n0 3 * * * 9lives", 2, 11],
    ["0 3 * * * rollup ?mx=2", 1, 19],
    ["0 3 * * * rollup ?id=a&max=x", 1, 28],
    ["0 3 * * * rollup ?max=1&max=2", 1, 25],
    ["0 3 * * * rollup ?max=0", 1, 23],
    ["0 3 * * * rollup ?fill=4y", 1, 24],
    ["0 3 * * * rollup ?tz=Mars/Base", 1, 22],
    ["0 3 * * * rollup ?catchup=all", 1, 27],
    ["0 3 * * * rollup ?key_mode=x", 1, 28],
    ["0 3 * * * rollup ?id=a%ZZ", 1, 22],
    ["0 3 * * * rollup ?id=a.b/c", 1, 22],
    ["0 3 * * * rollup payload", 1, 18],
    ["0 3 * * * rollup {a: }", 1, 22],
    ["0 3 * * * rollup {a: NaN}", 1, 18],
    ["0 3 * * * scrape.book {}", 1, 23],
    ["0 3 * * * rollup\n\n0 4 * * * rollup", 3, 11],
    ["0 3 * * * a ?id=x\n0 4 * * * b ?id=x", 2, 17],
  ])("%j is wrong in line %i, column %i", (text, line, column) => {
    expect(problemsOf(() => parseCrontab(text))).toMatchObject([{ line, column }]);
  });

  test("that are wrong are all told at once", () => {
    const problems = problemsOf(() => parseCrontab("0 3 * * *\n0 3 * * * a\n0 99 * * * b ?max=1"));
    expect(problems.map(({ line }) => line)).toEqual([1, 3]);
  });
});

test.each([
  ["1,5-7,*/20 * * * *", "minutes", [0, 1, 5, 6, 7, 20, 40]],
  ["* 0-23/6 * * *", "hours", [0, 6, 12, 18]],
  ["* * */10 * *", "daysOfMonth", [10, 20, 30]],
  ["* * 1-31/10 * *", "daysOfMonth", [1, 11, 21, 31]],
  ["* * * JAN,mar-may *", "months", [1, 3, 4, 5]],
  ["* * * */4 *", "months", [4, 8, 12]],
  ["* * * * 7", "daysOfWeek", [0]],
  ["* * * * fri-7", "daysOfWeek", [0, 5, 6]],
  ["* * * * *", "daysOfWeek", [0, 1, 2, 3, 4, 5, 6]],
] as const)("%s has the %s %j", (text, name, values) => {
  expect(readSchedule(text)[name]).toEqual(values);
});

describe("items from code", () => {
  test("are called after their kind and filled up", () => {
    const [item] = parseCronItems([{ kind: "rollup", schedule: "0 3 * * *", fillMs: DAY_MS }]);
    expect(item).toMatchObject({ identifier: "rollup", timeZone: "UTC", catchUp: { mode: "all", max: 1000 } });
  });

  test("say which of them is wrong", () => {
    const good = { kind: "rollup", schedule: "0 3 * * *" };
    expect(problemsOf(() => parseCronItems([good, { kind: "b", schedule: "0 3 30 2 *" }]))).toMatchObject([
      { line: 2 },
    ]);
    expect(problemsOf(() => parseCronItems([good, { ...good, priority: 0.5 }]))).toMatchObject([{ line: 2 }]);
    expect(problemsOf(() => parseCronItems([good, good]))).toMatchObject([{ line: 2 }]);
    expect(problemsOf(() => parseCronItems([good, { ...good, identifier: "b" }]))).toEqual([]);
  });
});
