import { describe, expect, test } from "vitest";
import { parseRange } from "../../src/byte-range.ts";
import { slugFor } from "../../src/slug.ts";
import { countWords } from "../../src/text.ts";

describe("slugFor", () => {
  const url = "https://novels.example/book/the-path.html";
  const cases: [string, string, string][] = [
    ["Moby-Dick; or, The Whale", url, "moby-dick-or-the-whale"],
    ["L’Été à Łódź — Æsir & Straße", url, "lete-a-lodz-aesir-strasse"],
    ["1984", url, "1984"],
    ["斗破苍穹", url, "the-path"],
    ["Война и мир 2", url, "the-path"],
    ["斗破苍穹", "https://novels.example/", "book"],
    ["!!!", "https://novels.example/%E0%A4%A", "e0-a4-a"],
    ["word ".repeat(60), url, "word-".repeat(20).slice(0, -1)],
    ["x".repeat(300), url, "x".repeat(100)],
  ];
  test.each(cases)("%s at %s is %s", (title, address, slug) => {
    expect(slugFor(title, address)).toBe(slug);
    expect(slug).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
  });
});

describe("countWords", () => {
  test.each([
    ["", 0],
    [" — … \n", 0],
    ["Call me Ishmael.", 3],
    ["don't stop — it's 1851", 4],
    ["第一章 hello", 4],
    ["a\nb\n\nc", 3],
  ])("%j has %i", (text, words) => {
    expect(countWords(text)).toBe(words);
  });
});

describe("parseRange", () => {
  test.each([
    [null, null],
    ["bytes=-", null],
    ["bytes=5-2", null],
    ["bytes=0-0,2-3", null],
    ["bytes=0-0", { start: 0, end: 0 }],
    ["Bytes=0-999", { start: 0, end: 9 }],
    ["bytes=-3", { start: 7, end: 9 }],
    ["bytes=-300", { start: 0, end: 9 }],
    ["bytes=10-", "unsatisfiable"],
    ["bytes=-0", "unsatisfiable"],
  ])("%s of ten bytes", (header, range) => {
    expect(parseRange(header, 10)).toEqual(range);
  });

  test("an empty file satisfies no range", () => {
    expect(parseRange("bytes=0-", 0)).toBe("unsatisfiable");
    expect(parseRange("bytes=-5", 0)).toBe("unsatisfiable");
  });
});
