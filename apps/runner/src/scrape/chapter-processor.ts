import { ChapterhouseError, type ErrorCode, PAYLOADS } from "@chapterhouse/domain";
import { configureLanesOf, type Failure, ownTask, type PayloadOf, type TaskContext } from "@chapterhouse/taskqueue";
import type { ChapterPage } from "../reader/site-reader.ts";
import { countLetters } from "../text/tidy-text.ts";
import { RecentBodies } from "./recent-bodies.ts";
import { ScrapeProcessor } from "./scraping.ts";

/** Below this many letters a body may be a notice, or filled in by a script. */
const THIN = 100;
/** Below this many it is no chapter. */
const EMPTY = 20;
const LOCKED =
  /\b(?:log ?in|sign ?in|register|subscribe|unlock|premium|purchase)\b.*\b(?:read|chapter|continue|view)\b|\bchapter is locked\b/i;

const SCHEMA = PAYLOADS["scrape.chapter"];
type Chapter = PayloadOf<typeof SCHEMA>;

/**
 * Fetches one chapter, reads and cleans it and publishes it; then has it read aloud, where it is asked for. What is no
 * chapter is a typed failure, never stored.
 */
export class ChapterProcessor extends ScrapeProcessor<typeof SCHEMA> {
  readonly kind = "scrape.chapter";
  readonly payload = SCHEMA;
  readonly #recent = new RecentBodies();

  protected async process(chapter: Chapter, context: TaskContext) {
    const { chapterId, slug, narrate } = chapter;
    const listed = await this.deps.library.findChapter(chapterId);
    if (!listed) throw new ChapterhouseError("CHAPTER_NOT_FOUND", `${chapter.url} is no chapter of ${slug} any more`);
    const result = listed.state === "stored" ? { words: listed.words } : await this.#fetch(chapter, context);
    if (narrate === undefined) return result;
    const narration = [ownTask("narrate.chapter", { slug, chapter: listed.number, voice: narrate })];
    await configureLanesOf(context.lanes, narration, 0);
    await context.addChildren(narration);
    return this.wait({ result });
  }

  protected override async onFailed({ error, isLast }: Failure, { chapterId }: Chapter, { fence }: TaskContext) {
    if (isLast) await this.deps.library.failChapter(chapterId, error, fence);
  }

  async #fetch({ url, slug, chapterId }: Chapter, context: TaskContext) {
    const { library, pages, readerFor } = this.deps;
    const { source, page } = await pages.read(new URL(url), "chapter", context, (html) => {
      const reader = readerFor(html, "chapter");
      const page = reader.readChapter(html);
      return { value: { source: reader.source, page }, enough: countLetters(page.text) >= THIN };
    });
    refuseNoChapter(page, url, source);
    const twin = this.#recent.twinOf(slug, url, page.text);
    if (twin !== null) throw refusal("DUPLICATE_BODY", "is word for word another chapter", url, { source, twin });
    await library.publishChapter(chapterId, { html: page.html, text: page.text }, context.fence);
    this.#recent.remember(slug, url, page.text);
    return { source, letters: countLetters(page.text) };
  }
}

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
