import { ChapterhouseError } from "@chapterhouse/domain";

/** Chapters by position, 1-based, both ends included; an open end is absent. */
export interface ChapterRange {
  readonly from?: number;
  readonly to?: number;
}

const bad = (text: string) =>
  new ChapterhouseError("BAD_REQUEST", `"${text}" is no range of chapters: write 3, 3-7, 3- or -7`, {
    details: { range: text },
  });

/**
 * Reads `3`, `3-7`, `3-` or `-7`; nothing at all is the whole book.
 * Throws `BAD_REQUEST` for anything else and `RANGE_BACKWARDS` for `7-3`.
 */
export const parseRange = (text: string | undefined): ChapterRange => {
  if (text === undefined) return {};
  const [, from = "", dash = "", to = ""] = /^(\d{0,6})(?:(-)(\d{0,6}))?$/.exec(text.trim()) ?? [];
  const range = { ...(from && { from: Number(from) }), ...((to || (!dash && from)) && { to: Number(to || from) }) };
  if ((!from && !to) || range.from === 0 || range.to === 0) throw bad(text);
  if (range.from !== undefined && range.to !== undefined && range.from > range.to) {
    throw new ChapterhouseError("RANGE_BACKWARDS", `The range ${text} runs backwards`, { details: { ...range } });
  }
  return range;
};
