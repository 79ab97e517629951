import { ChapterhouseError } from "@chapterhouse/domain";
import type { BookDraft, ChapterText, ListedChapter } from "./ports.ts";
import { slugFor } from "./slug.ts";
import { countWords, fold, textHash } from "./text.ts";

/** A book's columns that its source decides; `slug` is only a wish. */
export const bookColumns = (draft: BookDraft) => ({
  slug: slugFor(draft.title, draft.url),
  url: draft.url,
  title: draft.title,
  author: draft.author,
  summary: draft.summary,
  genres: [...draft.genres],
  language: draft.language,
  status: draft.status,
  source: draft.source,
  advertised: draft.advertisedChapters ?? -1,
});

/** What a query is looked for in, folded like the query. */
export const searchText = ({ title, author }: { title: string; author: string }): string => fold(`${title}\n${author}`);

/** The list with each address once, where it came first: sites repeat the newest chapters above the list. */
export const withoutDoubles = (listed: readonly ListedChapter[]): ListedChapter[] => {
  const seen = new Map<string, ListedChapter>();
  for (const { url, title } of listed) if (!seen.has(url)) seen.set(url, { url, title });
  return [...seen.values()];
};

/** Throws `BAD_REQUEST` for a chapter without a word: an empty page must never count as stored. */
export const chapterColumns = ({ html, text, title }: ChapterText) => {
  const words = countWords(text);
  if (words === 0) throw new ChapterhouseError("BAD_REQUEST", "A chapter without a word is not published");
  return { html, text, textHash: textHash(text), words, title: title ?? "" };
};
