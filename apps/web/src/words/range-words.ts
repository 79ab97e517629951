import type { AudioRangeAnswer } from "../api/tasks.ts";
import { count } from "./count.ts";

/** What became of every chapter of the range. */
export const rangeWords = (answer: AudioRangeAnswer): string => {
  const parts = [`${count(answer.created, "chapter")} will be narrated`];
  if (answer.alreadyLive > 0) parts.push(`${answer.alreadyLive} on their way already`);
  if (answer.alreadyNarrated > 0) parts.push(`${answer.alreadyNarrated} narrated already`);
  if (answer.notStored > 0) parts.push(`${answer.notStored} without text yet`);
  return `${parts.join(", ")}.`;
};
