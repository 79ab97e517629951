import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parsePage } from "../../../src/pages/html-page.ts";
import { createReaderFor } from "../../../src/reader/reader-for.ts";
import { loadSources } from "../../../src/sources/sources.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sources-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("an empty folder means the fallback alone", async () => {
  expect(await loadSources(folder)).toEqual([]);
});

test("the example of docs/sources.md is a source and reads what the document says", async () => {
  const document = await readFile(new URL("../../../../../docs/sources.md", import.meta.url), "utf8");
  const blocks = [...document.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, kind, text]) => [kind, text ?? ""]);
  const example = Object.fromEntries(blocks) as { json: string; html: string };
  await writeFile(join(folder, "example.json"), example.json);
  const readerFor = createReaderFor(await loadSources(folder));
  const page = parsePage(new URL("https://stories.example/river"), example.html);
  const reader = readerFor(page, "book");
  expect(reader.source).toBe("stories-example");
  expect(reader.readBook(page)).toMatchObject({ title: "The River", author: "A. Poet", status: "completed" });
  expect(reader.readList(page).chapters).toEqual([
    { url: "https://stories.example/river/1", title: "Spring" },
    { url: "https://stories.example/river/2", title: "Mouth" },
  ]);
});

test.each([
  ["no JSON", "{"],
  ["an unknown field", JSON.stringify({ id: "x", name: "X", colour: "red" })],
  ["a missing selector", JSON.stringify({ id: "x", name: "X", book: {}, list: {}, chapter: {} })],
])("%s is CONFIG_INVALID and names the file", async (_, text) => {
  const file = join(folder, "zz-broken.json");
  await writeFile(file, text);
  await expect(loadSources(folder)).rejects.toMatchObject({ code: "CONFIG_INVALID", details: { file } });
});

test("a folder that is not there is CONFIG_INVALID", async () => {
  await expect(loadSources(join(folder, "nowhere"))).rejects.toMatchObject({ code: "CONFIG_INVALID" });
});
