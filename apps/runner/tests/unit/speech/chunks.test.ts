import { assert, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { escapeXml, fitsEdge } from "../../../src/speech/edge/edge-text.ts";
import { chunkSentences } from "../../../src/speech/text/chunks.ts";
import type { ChunkLimits, SpokenChunk } from "../../../src/speech/text/chunks.ts";
import { splitSentences } from "../../../src/speech/text/sentences.ts";

const edge: ChunkLimits = { fits: fitsEdge, packs: true };
const bySentence: ChunkLimits = { fits: (text) => text.length <= 400, packs: false };

const chunk = (text: string, limits: ChunkLimits) => {
  const sentences = splitSentences(text, "en-US");
  return { sentences, chunks: chunkSentences(sentences, limits) };
};

/** What the spans say was spoken of each sentence. */
const regrouped = (chunks: readonly SpokenChunk[], count: number): string[] => {
  const texts = Array.from({ length: count }, () => "");
  for (const { text, spans } of chunks) {
    for (const span of spans) texts[span.sentence] += text.slice(span.start, span.end);
  }
  return texts;
};

describe("chunks hold every sentence, whole or in parts, within the limits", () => {
  test.each<[string, string]>([
    ["prose", "The rain began at noon. By evening the fields were gone. ".repeat(200)],
    ["short paragraphs", "“Yes,” he said.\n“No,” she said.\n".repeat(300)],
    ["Chinese", "他走到河边，看着水。水很冷，也很深，没有人说话。".repeat(300)],
    ["a Chinese wall of text", "他走到河边看着水".repeat(2000)],
    ["5,000 ampersands", "&".repeat(5000)],
    ["emoji", "😀👨‍👩‍👧‍👦".repeat(1500)],
    ["one endless word", "a".repeat(20_000)],
    ["one endless sentence", "and then, he walked ".repeat(1000)],
    ["half a surrogate pair", `\uD83D${"x".repeat(3000)}\uDE00 end.`],
  ])("%s", (_name, text) => {
    for (const limits of [edge, bySentence]) {
      const { sentences, chunks } = chunk(text, limits);
      for (const [index, { text }] of chunks.entries()) expect(limits.fits(text, index === 0)).toBe(true);
      expect(regrouped(chunks, sentences.length)).toEqual(sentences.map((sentence) => sentence.text));
    }
  });

  test("any text at all", () => {
    const anyText = string({ unit: "binary", maxLength: 3000 });
    assert(
      property(anyText, (text) => {
        const { sentences, chunks } = chunk(text, { fits: (part) => part.length <= 50, packs: true });
        expect(regrouped(chunks, sentences.length)).toEqual(sentences.map((sentence) => sentence.text));
        for (const { text } of chunks) {
          expect(text.length).toBeLessThanOrEqual(50);
          expect(text.isWellFormed()).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("Edge's first chunk is short, the others are filled, none is over 4,096 escaped bytes", () => {
    const { chunks } = chunk("Tom & Jerry's river ran deep & cold. ".repeat(300), edge);
    expect(chunks[0]?.text.length).toBeLessThanOrEqual(250);
    const sizes = chunks.map(({ text }) => Buffer.byteLength(escapeXml(text)));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4096);
    expect(chunks.slice(1, -1).every(({ text }) => text.length > 1400)).toBe(true);
  });

  test("a long sentence is cut after a clause, else between words", () => {
    const limits: ChunkLimits = { fits: (text) => text.length <= 30, packs: false };
    const { chunks } = chunk("When the rain stopped at last, everyone went down to the river.", limits);
    expect(chunks.map(({ text }) => text)).toEqual([
      "When the rain stopped at last,",
      " everyone went down to the ",
      "river.",
    ]);
    expect(chunks.map(({ ends }) => ends)).toEqual(["part", "part", "paragraph"]);
  });

  test("a scene break stands alone, so that it is a pause for every engine", () => {
    const { chunks } = chunk("The end.\n***\nThe start. So on.", edge);
    expect(chunks.map(({ text }) => text)).toEqual(["The end.", "***", "The start. So on."]);
  });

  test("each chunk knows what it ends", () => {
    const { chunks } = chunk("One. Two.\nThree.", bySentence);
    expect(chunks.map(({ ends }) => ends)).toEqual(["sentence", "paragraph", "paragraph"]);
  });
});
