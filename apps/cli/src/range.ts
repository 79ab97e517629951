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
  const ends = /^(?<from>\d{1,6})?(?<dash>-)?(?<to>\d{1,6})?$/.exec(text.trim())?.groups;
  if (!ends || (ends["from"] === undefined && ends["to"] === undefined)) throw bad(text);
  const from = ends["from"] === undefined ? undefined : Number(ends["from"]);
  const to = ends["dash"] === undefined ? from : ends["to"] === undefined ? undefined : Number(ends["to"]);
  if (from === 0 || to === 0) throw bad(text);
  if (from !== undefined && to !== undefined && from > to) {
    throw new ChapterhouseError("RANGE_BACKWARDS", `The range ${text} runs backwards`, { details: { from, to } });
  }
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
};
