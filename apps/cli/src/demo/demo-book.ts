import { readdir, readFile } from "node:fs/promises";
import { z } from "zod";

const FOLDER = new URL("../../demo/", import.meta.url);

const bookFile = z.object({
  slug: z.string(),
  title: z.string(),
  author: z.string(),
  licence: z.string(),
  language: z.string(),
  status: z.string(),
  genres: z.array(z.string()),
  summary: z.string(),
});

export interface DemoChapter {
  /** 1-based */
  readonly number: number;
  readonly title: string;
  /** Plain text; `*words*` are emphasised. */
  readonly paragraphs: readonly string[];
}

export type DemoBook = z.infer<typeof bookFile> & { readonly chapters: readonly DemoChapter[]; readonly cover: Buffer };

/** A chapter's file: `# Title`, then paragraphs separated by empty lines. */
const readChapter = async (name: string): Promise<DemoChapter> => {
  const text = await readFile(new URL(`chapters/${name}`, FOLDER), "utf8");
  const [heading = "", ...paragraphs] = text.trim().split(/\n\s*\n/);
  return { number: Number.parseInt(name, 10), title: heading.replace(/^#\s*/, ""), paragraphs };
};

/** The book in `apps/cli/demo`: written for this project, free for any use (CC0). */
export const readDemoBook = async (): Promise<DemoBook> => {
  const names = (await readdir(new URL("chapters/", FOLDER))).filter((name) => name.endsWith(".md"));
  const chapters = await Promise.all(names.map(readChapter));
  return {
    ...bookFile.parse(JSON.parse(await readFile(new URL("book.json", FOLDER), "utf8"))),
    chapters: chapters.toSorted((a, b) => a.number - b.number),
    cover: await readFile(new URL("cover.jpg", FOLDER)),
  };
};
