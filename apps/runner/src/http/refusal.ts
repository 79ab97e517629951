import { ChapterhouseError, type ErrorCode } from "@chapterhouse/domain";
import type { HttpResponse } from "./client.ts";

const CHALLENGE_TITLES =
  /<title[^>]*>\s*(?:just a moment\.{3}|attention required!?|un instant\.{3}|bot verification|ddos-guard|you are being redirected\.{3}|please wait\.{3}|access denied \| .*cloudflare)/i;
const CHALLENGE_MARKS =
  /checking your browser|cf-browser-verification|\/cdn-cgi\/challenge-platform|g-recaptcha|h-captcha/i;

/** Whether the answer is a challenge for people and not the page. Challenges are named, never evaded. */
const isChallenge = (response: HttpResponse): boolean => {
  if (response.headers["cf-mitigated"]?.includes("challenge")) return true;
  const head = response.body.subarray(0, 20_000).toString("latin1");
  if (CHALLENGE_TITLES.test(head)) return true;
  return response.status >= 400 && CHALLENGE_MARKS.test(head);
};

const DEFAULT_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 24 * 3_600_000;

/** A Retry-After header, seconds or a date, as ms from `now`; null when there is none. Source: RFC 9110, 10.2.3. */
export const retryAfterMs = (header: string | undefined, now: number): number | null => {
  if (!header) return null;
  const text = header.trim();
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(wait) ? null : Math.min(LONGEST_WAIT_MS, Math.max(0, wait));
};

/**
 * The failure that an answer stands for, or null when it is the page. `RATE_LIMITED` carries `retryAfterMs`: how long
 * the site wants to be left alone.
 */
export const refusalOf = (response: HttpResponse, now: number): ChapterhouseError | null => {
  const { status, url } = response;
  const refuse = (code: ErrorCode, message: string, more: Record<string, unknown> = {}) =>
    new ChapterhouseError(code, `${url.host} ${message}`, { details: { url: url.href, status, ...more } });
  const wait = retryAfterMs(response.headers["retry-after"], now);
  if (isChallenge(response)) return refuse("BLOCKED_CHALLENGE", "wants proof that a person is reading");
  if (status === 429 || (status === 503 && wait !== null)) {
    // "At once" is no answer to too many requests, nor is a date that is past: both would have us ask on for ever.
    return refuse("RATE_LIMITED", "asks for fewer requests", { retryAfterMs: wait || DEFAULT_WAIT_MS });
  }
  if (status === 404 || status === 410) return refuse("NOT_FOUND", `has no such page (${status})`);
  if (status === 401) return refuse("LOGIN_REQUIRED", "wants a sign-in");
  if (status === 408) return refuse("UPSTREAM_TIMEOUT", "gave up on the request");
  if (status >= 500) return refuse("UPSTREAM_ERROR", `answered ${status}`);
  if (status >= 400) return refuse("ACCESS_DENIED", `refuses the page (${status})`);
  if (status !== 200) return refuse("UPSTREAM_ERROR", `answered ${status}`);
  return null;
};
