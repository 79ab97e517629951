import { describe, expect, test } from "vitest";
import { splitSentences } from "../../../src/speech/text/sentences.ts";

const texts = (source: string, language = "en-US") => splitSentences(source, language).map(({ text }) => text);

describe("a text is split into its sentences", () => {
  test.each<[string, string, string[]]>([
    ["full stops", "One went. Two stayed.", ["One went.", "Two stayed."]],
    ["titles", "Mr. Oak met Mrs. Ash. Dr. Elm came.", ["Mr. Oak met Mrs. Ash.", "Dr. Elm came."]],
    ["saints", "They slept at St. Alban's inn. It rained.", ["They slept at St. Alban's inn.", "It rained."]],
    ["initials", "J. R. Oak wrote it. Nobody read it.", ["J. R. Oak wrote it.", "Nobody read it."]],
    ["numbered things", "See No. 5 and Vol. 2 first. Then go.", ["See No. 5 and Vol. 2 first.", "Then go."]],
    ["a flat no", "No. I will not.", ["No.", "I will not."]],
    ["a last I", "It was I. He knew.", ["It was I.", "He knew."]],
    ["a tag after a question", "“Why?” he said. She left.", ["“Why?” he said.", "She left."]],
    ["a tag after a shout", '"Run!" they cried. We ran.', ['"Run!" they cried.', "We ran."]],
    ["closing quotes", "“I know.” “So do I.”", ["“I know.”", "“So do I.”"]],
    ["trailing dots", "He waited… and waited. Then left.", ["He waited… and waited.", "Then left."]],
    ["decimals", "It cost 3.50 then. It is 4 now.", ["It cost 3.50 then.", "It is 4 now."]],
    ["abbreviations with dots", "Bring food, e.g. bread. Go.", ["Bring food, e.g. bread.", "Go."]],
    ["scene breaks", "The end.\n***\nThe start.", ["The end.", "***", "The start."]],
    ["white space", "  One went.   Two stayed.  \n\n \n", ["One went.", "Two stayed."]],
    ["no text", " \n\r\n ", []],
  ])("%s", (_name, source, expected) => {
    expect(texts(source)).toEqual(expected);
  });

  test("scripts with their own full stop", () => {
    expect(texts("他走了。她没走！为什么？", "zh-CN")).toEqual(["他走了。", "她没走！", "为什么？"]);
  });

  test("each knows its paragraph, and stands in the source as it is", () => {
    const source = "First one.  First two.\n\nSecond; Mr. B. knows.\r\nThird 😀!";
    const sentences = splitSentences(source, "en-US");
    expect(sentences.map(({ paragraph }) => paragraph)).toEqual([0, 0, 2, 3]);
    let cursor = 0;
    for (const { text } of sentences) {
      const at = source.indexOf(text, cursor);
      expect(source.slice(cursor, at).trim()).toBe("");
      cursor = at + text.length;
    }
    expect(source.slice(cursor).trim()).toBe("");
  });
});
