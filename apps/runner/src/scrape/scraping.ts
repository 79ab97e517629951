import { type ChapterhouseError, ERRORS, toChapterhouseError } from "@chapterhouse/domain";
import type { Library } from "@chapterhouse/library";
import type { TaskContext } from "@chapterhouse/taskqueue";
import type { Pages } from "../pages/pages.ts";
import type { ReaderFor } from "../reader/reader-for.ts";

/** What every scrape works with. */
export interface ScrapeDeps {
  readonly library: Library;
  readonly pages: Pages;
  readonly readerFor: ReaderFor;
}

/** The error when nobody will try again: its code says so, or this was the last attempt. Else null. */
export const finalFailure = (error: unknown, context: TaskContext): ChapterhouseError | null => {
  if (context.signal.aborted) return null;
  const known = toChapterhouseError(error);
  if (known.code === "LEASE_LOST") return null;
  const { retry } = ERRORS[known.code];
  return retry === "never" || (retry === "again" && context.lastAttempt) ? known : null;
};
