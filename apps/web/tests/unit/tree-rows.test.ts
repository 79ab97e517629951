import { describe, expect, test } from "vitest";
import { treeMove } from "../../src/tasks/tree/tree-keys.ts";
import { countRows, type OpenJob, pagesOf, rowAt } from "../../src/tasks/tree/tree-rows.ts";

const job = (id: string, total: number, open: readonly (readonly [number, OpenJob])[] = []): OpenJob => ({
  id,
  total,
  open: new Map(open),
});

/** A catalogue of four books; the second is open, and so is its first chapter; so is the last book, out of order. */
const catalogue = job("c", 4, [
  [3, job("b3", 2)],
  [1, job("b1", 3, [[0, job("n", 1)]])],
]);

test("the rows of a tree are its parts, each with those that are open below it", () => {
  expect(countRows(catalogue)).toBe(4 + 2 + 3 + 1);
  const rows = Array.from({ length: countRows(catalogue) }, (_, row) => rowAt(catalogue, row));
  expect(rows.map(({ parent, index, level, parentRow }) => `${level} ${parent}/${index} in ${parentRow}`)).toEqual([
    "1 c/0 in null",
    "1 c/1 in null",
    "2 b1/0 in 1",
    "3 n/0 in 2",
    "2 b1/1 in 1",
    "2 b1/2 in 1",
    "1 c/2 in null",
    "1 c/3 in null",
    "2 b3/0 in 7",
    "2 b3/1 in 7",
  ]);
});

test("what is open beyond the end of its parent is passed over: parts may have been removed", () => {
  const shrunk = job("c", 2, [[5, job("b5", 9)]]);
  expect(countRows(shrunk)).toBe(2);
  expect(rowAt(shrunk, 1)).toMatchObject({ parent: "c", index: 1 });
});

test("a far row of a long list is found, and only the pages in view are wanted", () => {
  const book = job("b", 3_000, [[10, job("x", 250)]]);
  expect(rowAt(book, 3_249)).toMatchObject({ parent: "b", index: 2_999 });
  const rows = [9, 10, 11, 12, 3_249].map((row) => rowAt(book, row));
  expect(pagesOf(rows, 100)).toEqual([
    { parent: "b", page: 0, expected: 100 },
    { parent: "x", page: 0, expected: 100 },
    { parent: "b", page: 29, expected: 100 },
  ]);
  expect(pagesOf([rowAt(job("b", 2_950), 2_949)], 100)).toEqual([{ parent: "b", page: 29, expected: 50 }]);
});

describe("the keyboard in the tree", () => {
  const at = (row: number, parts: "open" | "closed" | "none" = "none") => ({
    at: row,
    rows: 3_000,
    inView: 10,
    row: { parent: "b", index: row, siblings: 3_000, level: 1, parentRow: null },
    parts,
  });
  test.each([
    ["ArrowDown", at(0), { go: 1 }],
    ["ArrowDown", at(2_999), { go: 2_999 }],
    ["ArrowUp", at(0), { go: 0 }],
    ["PageDown", at(5), { go: 14 }],
    ["PageUp", at(5), { go: 0 }],
    ["End", at(5), { go: 2_999 }],
    ["Home", at(5), { go: 0 }],
    ["ArrowRight", at(5), null],
    ["ArrowRight", at(5, "closed"), { do: "toggle" }],
    ["ArrowRight", at(5, "open"), { go: 6 }],
    ["ArrowLeft", at(5, "open"), { do: "toggle" }],
    ["ArrowLeft", at(5), null],
    ["ArrowLeft", { ...at(5), row: { ...at(5).row, parentRow: 2 } }, { go: 2 }],
    ["Enter", at(5), { do: "show" }],
    ["a", at(5), null],
  ])("%s at %o: %o", (key, position, move) => expect(treeMove(key, position)).toEqual(move));
});
