import { describe, expect, test } from "vitest";
import type { SpokenChunk } from "../../../src/speech/text/chunks.ts";
import { timeSpans } from "../../../src/speech/text/timing.ts";

const chunk: SpokenChunk = {
  text: "He ran. She said he ran. Stop!",
  spans: [
    { sentence: 0, start: 0, end: 7 },
    { sentence: 1, start: 8, end: 24 },
    { sentence: 2, start: 25, end: 30 },
  ],
  ends: "paragraph",
};
const words = ["He", "ran", "She", "said", "he", "ran", "Stop"].map((text, i) => ({
  text,
  startMs: i * 100,
  endMs: i * 100 + 80,
}));

describe("sentences are timed", () => {
  test("by their words where the engine times them", () => {
    expect(timeSpans(chunk, words, 700)).toEqual([
      { startMs: 0, endMs: 180 },
      { startMs: 200, endMs: 580 },
      { startMs: 600, endMs: 680 },
    ]);
  });

  test("past words that are not in the text", () => {
    const odd = words.with(3, { text: "uttered", startMs: 300, endMs: 380 });
    expect(timeSpans(chunk, odd, 700)[1]).toEqual({ startMs: 200, endMs: 580 });
  });

  test.each([
    ["without words", []],
    ["when a sentence has none", words.slice(0, 6)],
  ])("by their length %s", (_name, given) => {
    const times = timeSpans(chunk, given, 2800);
    expect(times[0]).toEqual({ startMs: 0, endMs: 700 });
    expect(times[1]).toEqual({ startMs: 700, endMs: 2300 });
    expect(times[2]?.endMs).toBe(2800);
  });

  test("never outside the audio", () => {
    const late = words.map((word) => ({ ...word, startMs: word.startMs - 50, endMs: word.endMs + 500 }));
    const times = timeSpans(chunk, late, 600);
    expect(times[0]?.startMs).toBe(0);
    expect(times[2]?.endMs).toBe(600);
  });
});
