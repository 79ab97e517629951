import { ChapterhouseError, type ErrorCode, type Outcome, type Payload } from "@chapterhouse/domain";
import type { TaskContext, TaskHandler } from "@chapterhouse/taskqueue";
import type { ChapterPage } from "../reader/site-reader.ts";
import { countLetters } from "../text/tidy-text.ts";
import { RecentBodies } from "./recent-bodies.ts";
import { finalFailure, type ScrapeDeps } from "./scraping.ts";

/** Below this many letters a body may be a notice, or filled in by a script. */
const THIN = 100;
/** Below this many it is no chapter. */
const EMPTY = 20;
const LOCKED =
  /\b(?:log ?in|sign ?in|register|subscribe|unlock|premium|purchase)\b.*\b(?:read|chapter|continue|view)\b|\bchapter is locked\b/i;

type Chapter = Payload<"scrape.chapter">;

/** Fetches one chapter, reads and cleans it and publishes it. What is no chapter is a typed failure, never stored. */
export const createChapterHandler = (deps: ScrapeDeps): TaskHandler<"scrape.chapter"> => {
  const recent = new RecentBodies();
  return async (chapter, context) => {
    try {
      return await scrapeChapter(chapter, recent, deps, context);
    } catch (error) {
      const final = finalFailure(error, context);
      if (final) await deps.library.failChapter(chapter.chapterId, final, context.fence);
      throw error;
    }
  };
};

const scrapeChapter = async (
  chapter: Chapter,
  recent: RecentBodies,
  deps: ScrapeDeps,
  context: TaskContext,
): Promise<Outcome> => {
  const { url, slug, chapterId } = chapter;
  const { source, page } = await deps.pages.read(new URL(url), "chapter", context, (html) => {
    const reader = deps.readerFor(html, "chapter");
    const page = reader.readChapter(html);
    return { value: { source: reader.source, page }, enough: countLetters(page.text) >= THIN };
  });
  refuseNoChapter(page, url, source);
  const twin = recent.twinOf(slug, url, page.text);
  if (twin !== null) throw refusal("DUPLICATE_BODY", "is word for word another chapter", url, { source, twin });
  await deps.library.publishChapter(chapterId, { html: page.html, text: page.text }, context.fence);
  recent.remember(slug, url, page.text);
  return { type: "done", result: { source, letters: countLetters(page.text) } };
};

const refusal = (code: ErrorCode, what: string, url: string, details: Record<string, unknown>) =>
  new ChapterhouseError(code, `The page ${what}: ${url}`, { details: { url, ...details } });

const refuseNoChapter = (page: ChapterPage, url: string, source: string): void => {
  const letters = countLetters(page.text);
  if (letters < THIN && LOCKED.test(page.text))
    throw refusal("LOGIN_REQUIRED", "is for signed-in readers", url, { source });
  if (letters >= EMPTY) return;
  if (page.found || source === "fallback") throw refusal("EMPTY_BODY", "has no text", url, { source, letters });
  throw refusal("LAYOUT_CHANGED", `has no chapter where ${source} looks`, url, { source });
};
