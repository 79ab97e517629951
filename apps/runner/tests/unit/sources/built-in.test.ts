import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { parsePage } from "../../../src/pages/html-page.ts";
import { createReaderFor } from "../../../src/reader/reader-for.ts";
import type { PageKind } from "../../../src/sources/schema.ts";
import { loadSources } from "../../../src/sources/sources.ts";

const readerFor = createReaderFor(await loadSources());

/** A page written for this test in the markup of a source's family, read on a host that no source names. */
const read = async (source: string, name: string, kind: PageKind) => {
  const html = await readFile(new URL(`fixtures/${source}.${name}.html`, import.meta.url), "utf8");
  const page = parsePage(new URL("https://novels.example/here"), html);
  return { page, reader: readerFor(page, kind) };
};

const books = [
  {
    source: "lightnovel-cards",
    title: "The Salt Road",
    author: "Ines Marlow",
    summary: "A carter finds a map.\nThe map finds others.",
    genres: ["Travel", "Mystery"],
    language: "en",
    status: "ongoing",
    advertisedChapters: 1204,
    coverUrl: new URL("https://novels.example/covers/salt.jpg"),
    listUrl: new URL("https://novels.example/book/salt/chapters"),
  },
  {
    source: "royal-road",
    title: "Clockwork Orchard",
    author: "T. Quill",
    summary: "An orchard winds itself up.",
    genres: ["Comedy", "Machines"],
    language: "en",
    status: "hiatus",
    advertisedChapters: 2,
    coverUrl: new URL("https://covers.example/9.jpg"),
    listUrl: null,
  },
  {
    source: "madara",
    title: "The Glass Tide",
    author: "R. Vane",
    summary: "The tide came in as glass.",
    genres: ["Sea", "Drama"],
    language: "en",
    status: "ongoing",
    advertisedChapters: null,
    coverUrl: new URL("https://novels.example/up/tide.webp"),
    listUrl: null,
  },
  {
    source: "wordpress-lightnovel",
    title: "Paper Kites",
    author: "Dwi Sari",
    summary: "Two sisters fold a sky.",
    genres: ["Family"],
    language: "id",
    status: "completed",
    advertisedChapters: null,
    coverUrl: new URL("https://novels.example/kite.png"),
    listUrl: null,
  },
] as const;

test.each(books)("$source reads a book's page", async ({ source, ...expected }) => {
  const { page, reader } = await read(source, "book", "book");
  expect(reader.source).toBe(source);
  expect(reader.readBook(page)).toEqual(expected);
});

test.each([
  [
    "lightnovel-cards",
    "list",
    "oldest-first",
    ["chapter-1 Chapter 1: Brine", "chapter-2 Chapter 2: Wheels"],
    "https://novels.example/book/salt/chapters?page=2",
  ],
  ["royal-road", "book", "oldest-first", ["spring 1. Spring", "cog 2. Cog"], undefined],
  ["madara", "book", "newest-first", ["chapter-2 Chapter 2", "chapter-1 Chapter 1"], undefined],
  ["wordpress-lightnovel", "book", "newest-first", ["kites-chapter-2 String", "kites-chapter-1 Paper"], undefined],
])("%s reads a list", async (source, name, order, chapters, next) => {
  const { page, reader } = await read(source, name, "list");
  const list = reader.readList(page);
  const leaf = (url: string) => url.split("/").findLast(Boolean);
  expect(reader.listOrder).toBe(order);
  expect(list.chapters.map(({ url, title }) => `${leaf(url)} ${title}`)).toEqual(chapters);
  expect(list.next?.href).toBe(next);
});

describe("chapters come without what is not theirs", () => {
  test.each([
    ["lightnovel-cards", "The road was white.\nNobody had salted it."],
    ["royal-road", "The apples ticked.\nOne struck noon."],
    ["madara", "It rang when it broke.\nWe stood still."],
    ["wordpress-lightnovel", "The wind was early.\nThe kite was not."],
  ])("%s", async (source, text) => {
    const { page, reader } = await read(source, "chapter", "chapter");
    expect(reader.source).toBe(source);
    expect(reader.readChapter(page)).toMatchObject({ found: true, text });
  });
});

test("a page that no source knows is the fallback's", () => {
  const page = parsePage(new URL("https://novels.example/x"), "<h1>Alone</h1><p>Text.</p>");
  expect(readerFor(page, "book").source).toBe("fallback");
});
