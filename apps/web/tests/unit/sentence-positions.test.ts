import { array, assert, nat, property, stringMatching } from "fast-check";
import { describe, expect, test } from "vitest";
import { sentenceAtPlace, sentenceAtTime, sentenceSpans, type Span } from "../../src/reader/sentence-positions.ts";

/** The text that a span covers, as a DOM range over the same nodes would give it. */
const textOf = (nodes: readonly string[], span: Span | null | undefined): string | null => {
  if (!span) return null;
  const { start, end } = span;
  if (start.node === end.node) return nodes[start.node]?.slice(start.offset, end.offset) ?? "";
  const between = nodes.slice(start.node + 1, end.node).join("");
  return `${nodes[start.node]?.slice(start.offset)}${between}${nodes[end.node]?.slice(0, end.offset)}`;
};

const found = (nodes: string[], sentences: string[]) =>
  sentenceSpans(nodes, sentences).map((span) => textOf(nodes, span));

describe("sentences are found in the page's text", () => {
  test.each<[string, string[], string[], (string | null)[]]>([
    ["one after the other", ["One came. Two went."], ["One came.", "Two went."], ["One came.", "Two went."]],
    ["across an emphasis", ["It ", "was", " late."], ["It was late."], ["It was late."]],
    ["with other white space", ["  It\n\twas   late."], ["It was late."], ["It\n\twas   late."]],
    ["with typographic quotes", ["“It’s late,” he said."], ['"It\'s late," he said.'], ["“It’s late,” he said."]],
    [
      "with soft hyphens",
      ["Con\u00ADstan\u00ADti\u00ADnople."],
      ["Constantinople."],
      ["Con\u00ADstan\u00ADti\u00ADnople."],
    ],
    ["each of two that are the same", ["No. No."], ["No.", "No."], ["No.", "No."]],
    ["past a title that only the voice says", ["It was late."], ["Chapter 1.", "It was late."], [null, "It was late."]],
    ["past words that only the page shows", ["Advert. ", "It was late."], ["It was late."], ["It was late."]],
    ["in other scripts", ["彼は来た。", "もう遅い。"], ["彼は来た。", "もう遅い。"], ["彼は来た。", "もう遅い。"]],
    ["not when empty", ["It was late."], ["", "  "], [null, null]],
  ])("%s", (_, nodes, sentences, expected) => {
    expect(found(nodes, sentences)).toEqual(expected);
  });

  test("a short one that is lost does not drag those after it away", () => {
    const later = "He counted the lamps along the quay, and there were seven of them. ".repeat(4);
    const sentences = ["No.", "He counted the lamps along the quay, and there were seven of them."];
    expect(found([`${later}Then he said no. No.`], sentences)).toEqual([null, sentences[1]]);
  });

  test("the second of two equal sentences is the later one", () => {
    const [first, second] = sentenceSpans(["No. Yes. No."], ["No.", "No."]);
    expect([first?.start.offset, second?.start.offset]).toEqual([0, 9]);
  });

  test("however the text is cut into nodes and spaced", () => {
    const word = stringMatching(/^[a-zA-Zéü’]{1,9}$/);
    const sentence = array(word, { minLength: 1, maxLength: 8 }).map((words) => `${words.join(" ")}.`);
    const cuts = array(nat(400), { maxLength: 20 });
    assert(
      property(array(sentence, { minLength: 1, maxLength: 12 }), cuts, (sentences, places) => {
        const whole = sentences.join("\n ");
        const edges = [0, ...places.filter((place) => place < whole.length).sort((a, b) => a - b), whole.length];
        const nodes = edges.slice(1).map((edge, index) => whole.slice(edges[index], edge));
        expect(found(nodes, sentences)).toEqual(sentences);
      }),
    );
  });
});

test("a place in the text leads to its sentence", () => {
  const spans = sentenceSpans(["One. ", "Two", "."], ["One.", "Lost words.", "Two."]);
  const places = [
    { node: 0, offset: 0 },
    { node: 0, offset: 3 },
    { node: 0, offset: 4 },
    { node: 1, offset: 0 },
    { node: 2, offset: 0 },
    { node: 2, offset: 1 },
  ];
  expect(places.map((place) => sentenceAtPlace(spans, place))).toEqual([0, 0, -1, 2, 2, -1]);
});

test.each([
  [-5, -1],
  [99, -1],
  [100, 0],
  [999, 0],
  [1_000, 1],
  [90_000, 2],
])("at %i ms sentence %i is spoken", (ms, index) => {
  const sentences = [{ startMs: 100 }, { startMs: 1_000 }, { startMs: 2_500 }];
  expect(sentenceAtTime(sentences, ms)).toBe(index);
});
