import type { ErrorCode } from "@chapterhouse/domain";
import { ApiError, type ApiErrorCode } from "../api/request.ts";

/** What a person can make of a code, where the API's own message is written for developers. */
const WORDS: Partial<Record<ApiErrorCode, string>> = {
  AWAY: "Chapterhouse does not answer. Is it still running?",
  UNREADABLE: "Something between this page and Chapterhouse answered in its place.",
  BAD_URL: "That is not a web address. It should begin with https:// or http://.",
  ADDRESS_REFUSED:
    "That address points into a private network, which the server does not open unless its operator allows it.",
  HOST_UNRESOLVED: "No site goes by that name. Check the address for a typing mistake.",
  RANGE_BACKWARDS: "The range ends before it begins.",
  VOICE_UNKNOWN: "That voice is not known here.",
  FORBIDDEN: "Your account may not do this.",
  UNAUTHORIZED: "You are not signed in any more.",
  TOO_MANY_REQUESTS: "That was too often. Wait a moment and try again.",
  CHAPTER_NOT_STORED: "The text of this chapter is not here yet.",
  TASK_NOT_FOUND: "There is no such task. Perhaps it was removed.",
  API_KEY_EXISTS: "There is a key of that name already.",
  API_KEY_NOT_FOUND: "That key was removed already.",
  FOLLOW_NOT_FOUND: "That is not followed any more.",
  TASK_NOT_CANCELLABLE: "It has ended already.",
  STORE_UNREACHABLE: "The library's database does not answer. Chapterhouse keeps trying.",
  BLOCKED_CHALLENGE: "The site asked for proof that a person is reading, so nothing was taken.",
  LOGIN_REQUIRED: "The site shows this only to people who are signed in there.",
  RATE_LIMITED: "The site asked for fewer requests; the work goes on when it allows.",
  ROBOTS_DENIED: "The site's robots.txt asks programs not to read this.",
  NOT_FOUND: "The site has no such page any more.",
  EMPTY_BODY: "The page came without any text.",
  LAYOUT_CHANGED: "The site's pages look different from what this source knows.",
  NO_CHAPTERS: "No chapters were found at that address. Is it the page of a book?",
  UPSTREAM_UNREACHABLE: "The site could not be reached.",
  UPSTREAM_TIMEOUT: "The site took too long to answer.",
  UPSTREAM_TRUNCATED: "The page broke off half-way.",
  CHILDREN_FAILED: "Some of its parts failed; they are listed below it.",
  POISONED: "The runner that worked on it vanished too often.",
  TIME_LIMIT: "It took longer than its kind may.",
  KIND_DISABLED: "Tasks of this kind are switched off at present.",
  RUNNER_ALIVE: "That runner answers again: what it holds is in good hands.",
  CANCELLED: "It was cancelled.",
} satisfies Partial<Record<ErrorCode | "AWAY" | "UNREADABLE", string>>;

/** A sentence for an error's code; the message that came with it where the code has none. */
export const wordsForCode = (code: string, message: string): string =>
  (WORDS as Partial<Record<string, string>>)[code] ?? message;

export const wordsForError = (error: unknown): string => {
  if (error instanceof ApiError) return wordsForCode(error.code, error.message);
  return error instanceof Error ? error.message : String(error);
};
