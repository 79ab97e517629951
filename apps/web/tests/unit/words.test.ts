import type { Task } from "@chapterhouse/domain";
import { describe, expect, test } from "vitest";
import { ApiError } from "../../src/api/request.ts";
import { chapterGap, gapSentence } from "../../src/words/book-words.ts";
import { wordsForCode, wordsForError } from "../../src/words/error-words.ts";
import { rangeWords } from "../../src/words/range-words.ts";
import { taskTimes } from "../../src/words/task-times.ts";
import { partSubject, taskProgress, taskSubject } from "../../src/words/task-words.ts";
import { ago, clock, span } from "../../src/words/time.ts";

test.each([
  [0, "0:00"],
  [61_900, "1:01"],
  [3_725_000, "1:02:05"],
  [Number.NaN, "0:00"],
  [Number.POSITIVE_INFINITY, "0:00"],
  [-1, "0:00"],
])("%d ms on a player is %s", (ms, words) => expect(clock(ms)).toBe(words));

test.each([
  [0, "just now"],
  [-19_000, "just now"],
  [-30_000, "30 seconds ago"],
  [-90_000, "1 minute ago"],
  [-7_200_000, "2 hours ago"],
  [-86_400_000, "yesterday"],
  [30_000, "in 30 seconds"],
  [120_000, "in 2 minutes"],
])("%d ms from now is %s", (difference, words) => expect(ago(1e12 + difference, 1e12)).toBe(words));

test.each([
  [420, "0.4 s"],
  [12_400, "12 s"],
  [200_000, "3 min 20 s"],
  [7_500_000, "2 h 5 min"],
])("%d ms took %s", (ms, words) => expect(span(ms)).toBe(words));

const idle: Pick<Task, "kind" | "status" | "children" | "progress"> = {
  kind: "scrape.book",
  status: "running",
  children: { total: 0, done: 0, failed: 0, cancelled: 0 },
  progress: null,
};
const pages = { done: 3, total: 12, unit: "pages", message: "", rate: null, eta: null };

describe("progress", () => {
  test.each([
    ["of nothing yet", idle, null],
    ["of its own", { ...idle, progress: pages }, { fraction: 0.25, label: "3 of 12 pages" }],
    ["without an end in sight", { ...idle, progress: { ...pages, total: null } }, { fraction: null, label: "3 pages" }],
    ["beyond its end", { ...idle, progress: { ...pages, done: 13 } }, { fraction: 1, label: "13 of 12 pages" }],
    [
      "with a remark",
      { ...idle, progress: { ...pages, message: "slowly" } },
      { fraction: 0.25, label: "3 of 12 pages, slowly" },
    ],
    [
      "of its children, whatever it says itself",
      { ...idle, progress: pages, children: { total: 4_000, done: 1_000, failed: 500, cancelled: 500 } },
      { fraction: 0.5, label: "2,000 of 4,000 chapters, 500 failed" },
    ],
    ["of what is done", { ...idle, status: "done" as const }, { fraction: 1, label: "Done" }],
  ])("%s", (_, task, expected) => expect(taskProgress(task)).toEqual(expected));
});

test.each([
  ["scrape.book", { url: "https://www.example.org/a/" }, "example.org/a"],
  ["scrape.book_range", { url: "http://example.org/a", fromChapter: 3, toChapter: 9 }, "example.org/a, chapters 3–9"],
  ["narrate.chapter", { slug: "moby-dick", chapter: 2, voice: "flite:rms" }, "Moby dick, chapter 2, flite:rms"],
  ["index.rebuild", {}, "index.rebuild"],
  ["thumbnail.cover", { deep: { x: 1 }, book: "moby-dick" }, "moby-dick"],
  ["batch.scrape.book", { type: "scrape.book", items: 3_000, meta: {} }, "3,000 × Book"],
])("a %s is about %o: %s", (kind, payload, words) => expect(taskSubject({ kind, payload })).toBe(words));

test("among its siblings a chapter is told by the end of its address, other tasks as they are", () => {
  const url = "https://novels.example/book/a-book/chapter-12/";
  expect(partSubject({ kind: "scrape.chapter", payload: { url } })).toBe("chapter-12");
  expect(partSubject({ kind: "scrape.book", payload: { url } })).toBe("novels.example/book/a-book/chapter-12");
});

describe("times of a task", () => {
  const now = Date.parse("2026-01-01T12:00:00Z");
  const at = (seconds: number) => new Date(now + seconds * 1000).toISOString();
  const times = { createdAt: at(-600), startedAt: null, finishedAt: null, runAt: at(-600) };
  test.each([
    [{ ...times, status: "pending" as const }, "asked for 10 minutes ago"],
    [{ ...times, status: "pending" as const, startedAt: at(-60), runAt: at(40) }, "again in 40 seconds"],
    [{ ...times, status: "running" as const, startedAt: at(-120) }, "began 2 minutes ago"],
    [
      { ...times, status: "done" as const, startedAt: at(-135), finishedAt: at(-120) },
      "ended 2 minutes ago, took 15 s",
    ],
    [{ ...times, status: "cancelled" as const, finishedAt: at(0) }, "ended just now"],
  ])("%o: %s", (task, words) => expect(taskTimes(task, now)).toBe(words));
});

test.each([
  [{ advertised: 10, listed: 10, stored: 10, failed: 0 }, null, null],
  [{ advertised: null, listed: 10, stored: 4, failed: 0 }, "6 missing", "6 chapters not fetched yet."],
  [
    { advertised: 12, listed: 10, stored: 10, failed: 0 },
    "2 missing",
    "The site claims 12 chapters, its list shows 10.",
  ],
  [
    { advertised: 10, listed: 10, stored: 8, failed: 1 },
    "1 failed",
    "1 chapter not fetched yet; 1 chapter could not be fetched.",
  ],
])("of %o is missing: %s", (chapters, short, long) => {
  expect(chapterGap({ chapters })).toBe(short);
  expect(gapSentence({ chapters })).toBe(long);
});

test("what became of every chapter that was to be narrated", () => {
  const nothing = { alreadyLive: 0, alreadyNarrated: 0, notStored: 0 };
  expect(rangeWords({ ...nothing, created: 1 })).toBe("1 chapter will be narrated.");
  expect(rangeWords({ created: 3, alreadyLive: 1, alreadyNarrated: 2, notStored: 4 })).toBe(
    "3 chapters will be narrated, 1 on their way already, 2 narrated already, 4 without text yet.",
  );
});

test("an error says what a person can make of it, and its own message where nobody wrote that", () => {
  expect(wordsForCode("ROBOTS_DENIED", "denied")).toContain("robots.txt");
  expect(wordsForCode("SOMETHING_NEW", "It broke.")).toBe("It broke.");
  expect(wordsForError(new ApiError("BAD_URL", 422, "bad"))).toContain("https://");
  expect(wordsForError("odd")).toBe("odd");
});
