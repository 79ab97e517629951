import { createHash } from "node:crypto";
import { audioCacheKey, canonicalUrl, hostLane, type Payload, type TaskKind, voiceLane } from "@chapterhouse/domain";
import type { LaneLimits, Lanes, NewTask } from "./ports.ts";

/**
 * Chapters stand behind whole books of the same lane, so that a new book's list is not stuck behind an old one's text.
 * One chapter that a person wants to hear goes before all of them: by 6,000 turns, which is more than a long book has.
 */
export const PRIORITIES = { asked: -50, book: 0, chapter: 10 } as const;

/** Requests that a foreign speech service sees from us at once, over all runners. */
const EDGE_LANE = voiceLane("edge:");
const EDGE_CONCURRENCY = 3;

const MOST_KEY = 512;
const MOST_GROUP = 128;

/** Keys are bounded and addresses are longer: a long one stands in as its SHA-256. */
const urlKey = (kind: TaskKind, url: string, range = ""): string => {
  const key = `${kind}:${url}${range}`;
  return key.length <= MOST_KEY ? key : `${kind}:sha256:${createHash("sha256").update(key).digest("hex")}`;
};

type Standing = Pick<NewTask, "lane" | "key" | "priority" | "group">;

/** A site's pages stand in the lane of its host. Whether a book is read aloud as well makes no other task of it. */
const ofSite = (kind: TaskKind, url: string, range?: string): Standing => ({
  lane: hostLane(url),
  key: urlKey(kind, url, range),
  priority: PRIORITIES.book,
});

const STANDINGS: { readonly [K in TaskKind]: (payload: Payload<K>) => Standing } = {
  "scrape.catalogue": ({ url }) => ofSite("scrape.catalogue", url),
  "scrape.book": ({ url }) => ofSite("scrape.book", url),
  "scrape.book_range": ({ url, fromChapter, toChapter }) =>
    ofSite("scrape.book_range", url, `:${fromChapter}-${toChapter}`),
  "scrape.chapter": ({ url, chapterId }) => ({
    lane: hostLane(url),
    key: `scrape.chapter:${chapterId}`,
    priority: PRIORITIES.chapter,
  }),
  // The chapters of one book take turns with all other tasks.
  "narrate.chapter": ({ slug, chapter, voice }) => ({
    lane: voiceLane(voice),
    key: audioCacheKey(slug, chapter, voice),
    priority: PRIORITIES.chapter,
    group: `narrate:${slug}`.slice(0, MOST_GROUP),
  }),
};

/** One spelling of an address, so that a book asked for twice is one task. A chapter's is the library's, as it is. */
const canonical = <K extends TaskKind>(kind: K, payload: Payload<K>): Payload<K> =>
  "url" in payload && kind !== "scrape.chapter" ? { ...payload, url: canonicalUrl(payload.url) } : payload;

/**
 * The task of one of our own kinds, as everybody adds it: its payload says its lane, key, priority and group, and a live
 * task that does the same is answered instead (`keep_first`).
 */
export const ownTask = <K extends TaskKind>(kind: K, payload: Payload<K>): NewTask<K> => {
  const spelt = canonical(kind, payload);
  const standing: Standing = STANDINGS[kind](spelt);
  return { kind, payload: spelt as NewTask<K>["payload"], ...standing, keyMode: "keep_first" };
};

const limitsOf = (lane: string, minGapMs: number): LaneLimits | null => {
  if (lane.startsWith("host:")) return { concurrency: 1, gapMs: minGapMs };
  return lane === EDGE_LANE ? { concurrency: EDGE_CONCURRENCY, gapMs: 0 } : null;
};

/** Gives the lanes of our own tasks their limits, each once; to be called before they are added. `minGapMs` is for sites. */
export const configureLanesOf = async (
  lanes: Pick<Lanes, "configureLane">,
  tasks: readonly NewTask[],
  minGapMs: number,
): Promise<void> => {
  for (const lane of new Set(tasks.map(({ lane = "" }) => lane))) {
    const limits = limitsOf(lane, minGapMs);
    if (limits) await lanes.configureLane(lane, limits);
  }
};
