import type { Book } from "@chapterhouse/domain";
import { count, figure } from "./count.ts";

/** What a complete book would have and this one has not, in a few words; null when nothing is known to be missing. */
export const chapterGap = ({ chapters }: Pick<Book, "chapters">): string | null => {
  if (chapters.failed > 0) return `${figure(chapters.failed)} failed`;
  const missing = Math.max(chapters.listed, chapters.advertised ?? 0) - chapters.stored;
  return missing > 0 ? `${figure(missing)} missing` : null;
};

/** The whole account: how many chapters the site claims, its list shows, the library holds, and what came of the rest. */
export const gapSentence = ({ chapters }: Pick<Book, "chapters">): string | null => {
  const { advertised, listed, stored, failed } = chapters;
  const parts: string[] = [];
  if (advertised !== null && advertised > listed) {
    parts.push(`the site claims ${count(advertised, "chapter")}, its list shows ${figure(listed)}`);
  }
  const waiting = listed - stored - failed;
  if (waiting > 0) parts.push(`${count(waiting, "chapter")} not fetched yet`);
  if (failed > 0) parts.push(`${count(failed, "chapter")} could not be fetched`);
  if (parts.length === 0) return null;
  const sentence = parts.join("; ");
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
};

export const BOOK_STATUS_WORDS: Readonly<Record<Book["status"], string>> = {
  unknown: "",
  ongoing: "Ongoing",
  completed: "Completed",
  hiatus: "On hiatus",
  cancelled: "Abandoned",
};
