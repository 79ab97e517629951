import type { SpokenWord } from "../engine.ts";
import type { SpokenChunk } from "./chunks.ts";

export interface TimeSpan {
  readonly startMs: number;
  readonly endMs: number;
}

/** A word further ahead than this is another word that happens to be spelled alike. */
const SEARCH_AHEAD = 200;

/** From the engine's word times; null when some part of the text has no word timed. */
const byWords = (chunk: SpokenChunk, words: readonly SpokenWord[]): TimeSpan[] | null => {
  const times: (TimeSpan | null)[] = chunk.spans.map(() => null);
  let cursor = 0;
  for (const word of words) {
    const at = chunk.text.indexOf(word.text, cursor);
    if (at < 0 || at > cursor + SEARCH_AHEAD) continue;
    cursor = at + word.text.length;
    const index = chunk.spans.findIndex((span) => at < span.end);
    const before = times[index];
    if (index >= 0) times[index] = { startMs: before?.startMs ?? word.startMs, endMs: word.endMs };
  }
  const found = times.filter((time) => time !== null);
  return found.length === times.length ? found : null;
};

/** Every character takes the same time. */
const byLength = (chunk: SpokenChunk, durationMs: number): TimeSpan[] => {
  const letters = chunk.spans.reduce((sum, span) => sum + span.end - span.start, 0);
  let spoken = 0;
  return chunk.spans.map((span) => {
    const startMs = (spoken / letters) * durationMs;
    spoken += span.end - span.start;
    return { startMs, endMs: (spoken / letters) * durationMs };
  });
};

/** When each span of a chunk is heard, in ms from the start of its audio, which lasts `durationMs`. */
export const timeSpans = (chunk: SpokenChunk, words: readonly SpokenWord[], durationMs: number): TimeSpan[] => {
  if (chunk.spans.length === 1) return [{ startMs: 0, endMs: durationMs }];
  const clamp = (ms: number) => Math.max(0, Math.min(durationMs, ms));
  const times = byWords(chunk, words) ?? byLength(chunk, durationMs);
  return times.map(({ startMs, endMs }) => ({ startMs: clamp(startMs), endMs: clamp(endMs) }));
};
