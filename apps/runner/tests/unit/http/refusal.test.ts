import type { ErrorCode } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import { refusalOf, retryAfterMs } from "../../../src/http/refusal.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const answer = (status: number, headers: Record<string, string> = {}, body = "<title>A page</title>") => ({
  url: new URL("https://novels.example/chapter-1"),
  status,
  headers,
  body: Buffer.from(body),
});

const cases: readonly (readonly [string, ReturnType<typeof answer>, ErrorCode | undefined])[] = [
  ["a page", answer(200), undefined],
  ["a missing page", answer(404), "NOT_FOUND"],
  ["a page that is gone", answer(410), "NOT_FOUND"],
  ["a page behind a sign-in", answer(401), "LOGIN_REQUIRED"],
  ["a plain refusal", answer(403), "ACCESS_DENIED"],
  ["a refusal for legal reasons", answer(451), "ACCESS_DENIED"],
  ["too many requests", answer(429), "RATE_LIMITED"],
  ["a busy site that says when", answer(503, { "retry-after": "5" }), "RATE_LIMITED"],
  ["a busy site that does not", answer(503), "UPSTREAM_ERROR"],
  ["a broken site", answer(500), "UPSTREAM_ERROR"],
  ["a request that the site gave up", answer(408), "UPSTREAM_TIMEOUT"],
  ["a challenge by its title", answer(403, {}, "<title>Just a moment...</title>"), "BLOCKED_CHALLENGE"],
  ["a challenge by its text", answer(503, {}, "<body>Checking your browser</body>"), "BLOCKED_CHALLENGE"],
  ["a challenge by its header", answer(403, { "cf-mitigated": "challenge" }), "BLOCKED_CHALLENGE"],
  ["a challenge that comes as a success", answer(200, {}, "<title>Just a moment...</title>"), "BLOCKED_CHALLENGE"],
  ["a chapter that speaks of checking your browser", answer(200, {}, "<p>Checking your browser again?</p>"), undefined],
];

test.each(cases)("%s", (_, response, code) => {
  expect(refusalOf(response, NOW)?.code).toBe(code);
});

test("RATE_LIMITED says how long to wait, a minute when the site does not", () => {
  expect(refusalOf(answer(429, { "retry-after": "120" }), NOW)?.details["retryAfterMs"]).toBe(120_000);
  for (const header of [undefined, "soon", "0", "-5", "1.5", "Wed, 31 Dec 2025 23:59:00 GMT"]) {
    const headers = header === undefined ? {} : { "retry-after": header };
    expect(refusalOf(answer(429, headers), NOW)?.details["retryAfterMs"]).toBe(60_000);
  }
});

test.each([
  ["2", 2000],
  ["Thu, 01 Jan 2026 00:00:30 GMT", 30_000],
  ["Wed, 31 Dec 2025 23:59:00 GMT", 0],
  ["99999999", 24 * 3_600_000],
  ["soon", null],
  [undefined, null],
])("Retry-After %j is %j ms", (header, wait) => {
  expect(retryAfterMs(header, NOW)).toBe(wait);
});
