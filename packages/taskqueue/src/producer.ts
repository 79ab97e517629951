import { createHash } from "node:crypto";
import {
  audioCacheKey,
  canonicalUrl,
  ChapterhouseError,
  hostLane,
  type ScrapeKind,
  voiceLane,
} from "@chapterhouse/domain";
import type { NewTask, Producer, TaskQueue } from "./ports.ts";

export interface ProducerOptions {
  /** The politeness floor of a site's lane, in ms. */
  readonly minGapMs: number;
}

/**
 * Chapters stand behind whole books of the same lane, so that a new book's list is not stuck behind an old one's text.
 * One chapter that a person wants to hear goes before all of them: by 6,000 turns, which is more than a long book has.
 */
export const PRIORITIES = { asked: -50, book: 0, chapter: 10 } as const;

/** Requests that a foreign speech service sees from us at once, over all runners. */
const EDGE_CONCURRENCY = 3;

const MOST_KEY = 512;
const MOST_GROUP = 128;

/** Keys are bounded and addresses are longer: a long one stands in as its SHA-256. */
const urlKey = (kind: ScrapeKind, url: string, range = ""): string => {
  const key = `scrape.${kind}:${url}${range}`;
  return key.length <= MOST_KEY ? key : `scrape.${kind}:sha256:${createHash("sha256").update(key).digest("hex")}`;
};

const scrapeTask = (kind: ScrapeKind, targetUrl: string, fromChapter: number, toChapter: number): NewTask => {
  const url = canonicalUrl(targetUrl);
  const common = { lane: hostLane(url), priority: PRIORITIES.book, keyMode: "keep_first" } as const;
  if (kind === "book_range") {
    const payload = { url, fromChapter, toChapter };
    return { ...common, kind: "scrape.book_range", payload, key: urlKey(kind, url, `:${fromChapter}-${toChapter}`) };
  }
  return { ...common, kind: `scrape.${kind}`, payload: { url }, key: urlKey(kind, url) };
};

const audioTask = (slug: string, chapter: number, voice: string): NewTask<"narrate.chapter"> => ({
  kind: "narrate.chapter",
  payload: { slug, chapter, voice },
  lane: voiceLane(voice),
  key: audioCacheKey(slug, chapter, voice),
  keyMode: "keep_first",
});

/** The chapters of one book take turns with all other tasks. */
const bookAudioTask = (slug: string, chapter: number, voice: string): NewTask<"narrate.chapter"> => ({
  ...audioTask(slug, chapter, voice),
  priority: PRIORITIES.chapter,
  group: `narrate:${slug}`.slice(0, MOST_GROUP),
});

const isEdge = (lane: string): boolean => lane === voiceLane("edge:");

/** The backend's view of the queue: what is live already is answered instead of being added twice. */
export const createProducer = (queue: TaskQueue, { minGapMs }: ProducerOptions): Producer => {
  const addAudio = async (tasks: readonly NewTask[]) => {
    const edge = tasks.find(({ lane }) => lane !== undefined && isEdge(lane))?.lane;
    if (edge) await queue.configureLane(edge, { concurrency: EDGE_CONCURRENCY, gapMs: 0 });
    return queue.add(tasks);
  };
  return {
    async createScrapeTask(kind, targetUrl, fromChapter, toChapter) {
      const task = scrapeTask(kind, targetUrl, fromChapter, toChapter);
      await queue.configureLane(hostLane(canonicalUrl(targetUrl)), { concurrency: 1, gapMs: minGapMs });
      const [added] = await queue.add([task]);
      if (!added) throw new ChapterhouseError("INTERNAL", "The queue answered nothing");
      return added;
    },
    async createAudioTask(slug, chapter, voice) {
      // One that waits already, as a part of its book, is hastened by it.
      const [added] = await addAudio([{ ...audioTask(slug, chapter, voice), priority: PRIORITIES.asked }]);
      if (!added) throw new ChapterhouseError("INTERNAL", "The queue answered nothing");
      return added;
    },
    createAudioTasks: (slug, chapters, voice) =>
      addAudio(chapters.map((chapter) => bookAudioTask(slug, chapter, voice))),
    async cancelTask(id) {
      const [cancelled] = await queue.cancel([id]);
      if (!cancelled?.task)
        throw new ChapterhouseError("TASK_NOT_FOUND", `There is no task ${id}`, { details: { id } });
      return cancelled.task;
    },
  };
};
