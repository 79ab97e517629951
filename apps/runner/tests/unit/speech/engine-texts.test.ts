import { describe, expect, test } from "vitest";
import { edgeText, escapeXml } from "../../../src/speech/edge/edge-text.ts";
import { fliteText } from "../../../src/speech/flite/flite-text.ts";

describe("what flite is given is ASCII that it can read", () => {
  test.each<[string, string, string]>([
    ["quotes and dashes", "“It’s late”—she said…", '"It\'s late", she said...'],
    ["accents", "Café Zoë, naïve Ångström", "Cafe Zoe, naive Angstrom"],
    ["letters that do not come apart", "Łódź, Þór, Æsir, straße", "Lodz, Thor, Aesir, strasse"],
    ["ligatures and wide letters", "ﬁne ＡＢＣ", "fine ABC"],
    ["signs that have words", "Tom & Ann paid £5", "Tom and Ann paid pounds 5"],
    ["decoration", "*** The **end** ~~ ===", "The end"],
    ["emoji and other scripts", "Hello 😀 山门 there", "Hello there"],
    ["only other scripts", "山门在雾中。", ""],
    ["only marks", "… — !?", ""],
    ["long vowels", "Nooooooooo", "Nooo"],
    ["shouting", "What?!?!!!!", "What?!?!"],
    ["control characters", "a\u0000b\tc\nd\u200Be", "a b c d e"],
  ])("%s", (_name, source, expected) => {
    expect(fliteText(source)).toBe(expected);
  });

  test("a word of 5,000 letters is cut to 60", () => {
    expect(fliteText(`an ${"ab".repeat(2500)} end`)).toBe(`an ${"ab".repeat(30)} end`);
  });
});

describe("what Edge is given is XML text without protocol in it", () => {
  test.each<[string, string, string]>([
    ["turn.end", "He wrote Path:turn.end there", "He wrote Path turn.end there"],
    ["any case and spacing", "path :audio", "path audio"],
    ["request ids", "X-RequestId:abc", "X-RequestId abc"],
    ["control characters", "a\u0000\u0008b\u009Fc", "a b c"],
    ["lone surrogates", "a \uD83D b", "a \uFFFD b"],
    ["only marks", "***", ""],
    ["other scripts stay", "山门 😀", "山门 😀"],
  ])("%s", (_name, source, expected) => {
    expect(edgeText(source)).toBe(expected);
  });

  test("markup is text", () => {
    expect(escapeXml(`</prosody><break/> & "a" 'b'`)).toBe(
      "&lt;/prosody&gt;&lt;break/&gt; &amp; &quot;a&quot; &apos;b&apos;",
    );
  });
});
