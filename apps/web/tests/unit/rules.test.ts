import type { ChapterSummary } from "@chapterhouse/domain";
import { describe, expect, test } from "vitest";
import { AWAY_MS, isAway, LIVE_MS, pollInterval, QUIET_MS, shouldRetry } from "../../src/api/polling.ts";
import { ApiError } from "../../src/api/request.ts";
import { isAdmin, mayWork } from "../../src/api/session.ts";
import { chosenChapters, inBlocks } from "../../src/book/chapter-choice.ts";
import { concerns } from "../../src/book/use-book-tasks.ts";
import { returnPath } from "../../src/sign-in/return-path.ts";
import { scrapeAgain } from "../../src/tasks/use-ask-again.ts";

describe("polling", () => {
  test.each([
    [{ live: true }, LIVE_MS],
    [{ live: true, pages: 4 }, 4 * LIVE_MS],
    [{ live: true, pages: 0 }, LIVE_MS],
    [{ live: false, pages: 4 }, QUIET_MS],
    [{ live: true, away: true }, AWAY_MS],
  ])("%o: every %i ms", (state, ms) => expect(pollInterval(state)).toBe(ms));

  test.each([
    [new ApiError("BOOK_NOT_FOUND", 404, ""), false, false],
    [new ApiError("UNAUTHORIZED", 401, ""), false, false],
    [new ApiError("STORE_UNREACHABLE", 503, ""), true, true],
    [new ApiError("UNREADABLE", 502, ""), true, true],
    [new ApiError("INTERNAL", 500, ""), true, false],
    [new ApiError("AWAY", 0, ""), true, true],
  ])("%o: tried again %s, server away %s", (error, again, away) => {
    expect(shouldRetry(0, error)).toBe(again);
    expect(shouldRetry(2, error)).toBe(false);
    expect(isAway(error)).toBe(away);
  });
});

test.each([
  ["/books/x?listen", "/books/x?listen"],
  [null, "/"],
  ["https://evil.example", "/"],
  ["//evil.example", "/"],
  ["/\\evil.example", "/"],
  ["javascript:alert(1)", "/"],
])("after signing in, ?to=%s leads to %s", (to, path) => expect(returnPath(to)).toBe(path));

test.each([
  ["admin", true, true],
  ["member", true, false],
  ["reader", false, false],
] as const)("a %s may ask for work: %s, remove: %s", (role, work, remove) => {
  const person = { id: "p", email: "p@example.org", name: "P", role };
  expect([mayWork(person), isAdmin(person)]).toEqual([work, remove]);
});

test("nobody may do anything while nobody is known", () => {
  expect([mayWork(undefined), mayWork(null), isAdmin(null)]).toEqual([false, false, false]);
});

describe("chapters", () => {
  const chapter = (number: number, title: string, more: Partial<ChapterSummary> = {}): ChapterSummary => ({
    id: `c${number}`,
    slug: "book",
    number,
    url: `https://example.org/${number}`,
    title,
    state: "stored",
    error: null,
    words: 900,
    textHash: "hash",
    fetchedAt: null,
    voices: [],
    ...more,
  });
  const all = [
    chapter(1, "Loomings", { voices: ["flite:rms"] }),
    chapter(2, "The Carpet-Bag", { state: "failed" }),
    chapter(12, "Biographical"),
  ];
  test.each([
    ["all", "", [1, 2, 12]],
    ["failed", "", [2]],
    ["narrated", "", [1]],
    ["all", "carpet", [2]],
    ["all", " 1 ", [1]],
    ["narrated", "carpet", []],
  ] as const)("%s, search “%s”", (filter, search, numbers) => {
    expect(chosenChapters(all, filter, search).map(({ number }) => number)).toEqual(numbers);
  });

  test("stand in blocks, none lost", () => {
    expect(inBlocks([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(inBlocks([], 2)).toEqual([]);
  });
});

test.each([
  [{ slug: "quay", chapter: 1 }, true],
  [{ url: "https://www.example.org/quay/" }, true],
  [{ url: "https://example.org/other" }, false],
  [{}, false],
])("the task %o concerns the book: %s", (payload, expected) => {
  expect(concerns({ payload }, { slug: "quay", url: "https://example.org/quay" })).toBe(expected);
});

test.each([
  ["scrape.book", { url: "u" }, { what: "book", url: "u" }],
  ["scrape.catalogue", { url: "u" }, { what: "catalogue", url: "u" }],
  ["scrape.chapter", { url: "u/1", bookUrl: "u" }, { what: "book", url: "u" }],
  [
    "scrape.book_range",
    { url: "u", fromChapter: 2, toChapter: 4 },
    { what: "range", url: "u", fromChapter: 2, toChapter: 4 },
  ],
  ["index.rebuild", {}, null],
])("a failed %s is asked for again as %o", (kind, payload, wanted) => {
  expect(scrapeAgain({ kind, payload })).toEqual(wanted);
});
