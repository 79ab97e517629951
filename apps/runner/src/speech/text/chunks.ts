import type { SourceSentence } from "./sentences.ts";

/** How much text one call takes. */
export interface ChunkLimits {
  /** Whether one call may speak `text`. Must hold for every part of a text for which it holds. */
  fits(text: string, isFirst: boolean): boolean;
  /** True when one call should speak as many sentences as fit; false for a call a sentence. */
  readonly packs: boolean;
}

/** A sentence's (or a part of a long sentence's) place in a chunk, in UTF-16 units. */
export interface ChunkSpan {
  readonly sentence: number;
  readonly start: number;
  readonly end: number;
}

/** What one call of an engine speaks. */
export interface SpokenChunk {
  readonly text: string;
  readonly spans: readonly ChunkSpan[];
  /** What the chunk ends, which decides how long the pause after it is. */
  readonly ends: "part" | "sentence" | "paragraph";
}

/** Length of the longest prefix that fits, at least one character, never half a surrogate pair. */
const longestFit = (text: string, fits: (text: string) => boolean): number => {
  let low = 1;
  let high = text.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(text.slice(0, middle))) low = middle;
    else high = middle - 1;
  }
  const splitsPair = /[\uD800-\uDBFF]$/.test(text.slice(0, low));
  if (!splitsPair) return low;
  return low > 1 ? low - 1 : 2;
};

/** Where to cut a text that is too long: after a clause, else between words, else anywhere. */
const cutAt = (text: string, fits: (text: string) => boolean): number => {
  const limit = longestFit(text, fits);
  // One character more than fits, so that a clause is seen to end where the limit does.
  const head = text.slice(0, limit + 1);
  for (const pattern of [/[,;:—–、，；：](?=\s|\p{Script=Han})/gu, /\s/g]) {
    const ends = [...head.matchAll(pattern)].map((match) => match.index + 1);
    const end = ends.findLast((end) => end <= limit) ?? 0;
    if (end > limit / 2) return end;
  }
  return limit;
};

const partsOf = (text: string, fits: (text: string, isFirstPart: boolean) => boolean): string[] => {
  const parts: string[] = [];
  let rest = text;
  while (rest !== "") {
    const fitsHere = (part: string) => fits(part, parts.length === 0);
    const end = fitsHere(rest) ? rest.length : cutAt(rest, fitsHere);
    parts.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return parts;
};

const hasWords = (text: string): boolean => /[\p{L}\p{N}]/u.test(text);

/** Cuts sentences into what `limits` allows, in order, losing nothing of them. Marks without words (`***`) stand alone. */
export const chunkSentences = (sentences: readonly SourceSentence[], limits: ChunkLimits): SpokenChunk[] => {
  const chunks: SpokenChunk[] = [];
  let open: { text: string; spans: ChunkSpan[]; paragraph: number } | null = null;

  const flush = (ends: SpokenChunk["ends"]): void => {
    if (open) chunks.push({ text: open.text, spans: open.spans, ends });
    open = null;
  };
  const endOf = (paragraph: number) => (open?.paragraph === paragraph ? "sentence" : "paragraph");

  for (const [index, { text, paragraph }] of sentences.entries()) {
    const glue: string = open ? (open.paragraph === paragraph ? " " : "\n") : "";
    const joined: string = (open?.text ?? "") + glue + text;
    const joins = limits.packs && hasWords(text) && hasWords(open?.text ?? "");
    if (open && (!joins || !limits.fits(joined, chunks.length === 0))) flush(endOf(paragraph));
    if (open) {
      const start: number = joined.length - text.length;
      open = { text: joined, spans: [...open.spans, { sentence: index, start, end: joined.length }], paragraph };
      continue;
    }
    const parts = partsOf(text, (part, isFirstPart) => limits.fits(part, isFirstPart && chunks.length === 0));
    for (const part of parts) {
      if (open) flush("part");
      open = { text: part, spans: [{ sentence: index, start: 0, end: part.length }], paragraph };
    }
  }
  flush("paragraph");
  return chunks;
};
