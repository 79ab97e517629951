import {
  audioCacheKey,
  type AudioTask,
  PAYLOADS,
  SCRAPE_KINDS,
  type ScrapeKind,
  type ScrapeTask,
  type Task,
} from "@chapterhouse/domain";

export const SCRAPE_TASK_KINDS = SCRAPE_KINDS.map((kind) => `scrape.${kind}` as const);
export const AUDIO_TASK_KIND = "narrate.chapter";

const scrapeKind = (task: Task): ScrapeKind | undefined => SCRAPE_KINDS.find((kind) => task.kind === `scrape.${kind}`);

/** Null for a task of another kind. */
export const asScrapeTask = (task: Task): ScrapeTask | null => {
  const kind = scrapeKind(task);
  if (kind === undefined) return null;
  if (kind === "book_range") {
    const { url, fromChapter, toChapter } = PAYLOADS["scrape.book_range"].parse(task.payload);
    return { id: task.id, kind, targetUrl: url, fromChapter, toChapter, task };
  }
  const { url } = PAYLOADS[`scrape.${kind}`].parse(task.payload);
  return { id: task.id, kind, targetUrl: url, fromChapter: 0, toChapter: 0, task };
};

/** Null for a task of another kind. */
export const asAudioTask = (task: Task): AudioTask | null => {
  if (task.kind !== AUDIO_TASK_KIND) return null;
  const { slug, chapter, voice } = PAYLOADS[AUDIO_TASK_KIND].parse(task.payload);
  return { id: task.id, slug, chapter, voice, cacheKey: audioCacheKey(slug, chapter, voice), task };
};
