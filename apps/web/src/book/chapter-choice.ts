import type { ChapterSummary } from "@chapterhouse/domain";

export type ChapterFilter = "all" | "narrated" | "failed";

/** The chapters that `filter` lets through and whose number is, or whose title holds, `search`. */
export const chosenChapters = (
  chapters: readonly ChapterSummary[],
  filter: ChapterFilter,
  search: string,
): readonly ChapterSummary[] => {
  const words = search.trim().toLowerCase();
  if (filter === "all" && words === "") return chapters;
  return chapters.filter((chapter) => {
    if (filter === "failed" && chapter.state !== "failed") return false;
    if (filter === "narrated" && chapter.voices.length === 0) return false;
    return words === "" || String(chapter.number) === words || chapter.title.toLowerCase().includes(words);
  });
};

export const inBlocks = <T>(items: readonly T[], size: number): readonly (readonly T[])[] => {
  const blocks: (readonly T[])[] = [];
  for (let at = 0; at < items.length; at += size) blocks.push(items.slice(at, at + size));
  return blocks;
};
