import { ChapterhouseError } from "@chapterhouse/domain";
import { describe, expect, test } from "vitest";
import { parseRange } from "../../src/range.ts";

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof ChapterhouseError) return error.code;
    throw error;
  }
  return "nothing was thrown";
};

describe("a range of chapters", () => {
  test.each([
    [undefined, {}],
    ["3", { from: 3, to: 3 }],
    ["3-7", { from: 3, to: 7 }],
    ["3-", { from: 3 }],
    ["-7", { to: 7 }],
    ["7-7", { from: 7, to: 7 }],
    [" 3 ", { from: 3, to: 3 }],
  ])("%s is %o", (text, range) => {
    expect(parseRange(text)).toEqual(range);
  });

  test.each(["", "-", "a", "1-b", "1-2-3", "0", "0-3", "-0", "1.5", "1 - 3", "1234567"])("%o is none", (text) => {
    expect(codeOf(() => parseRange(text))).toBe("BAD_REQUEST");
  });

  test("runs forwards", () => {
    expect(codeOf(() => parseRange("7-3"))).toBe("RANGE_BACKWARDS");
  });
});
