import type { Answer } from "./test-site.ts";

/** Words enough for a chapter, told apart by its name. */
export const body = (name: string): string =>
  ["The lamp went out", "Somebody laughed on the stairs", "It was never found again", "The clock agreed with nobody"]
    .map((sentence) => `<p>${sentence} in ${name}, and the whole house listened to it for a long while.</p>`)
    .join("");

export const text = (name: string): string => body(name).replace(/<\/p>/g, "\n").replace(/<p>/g, "").trim();

export interface Novel {
  readonly chapters: readonly string[];
  /** Chapters a list page; default all on one. */
  readonly perPage?: number;
  readonly advertised?: number;
  readonly cover?: boolean;
}

/** A book at /novel with its list at /novel/chapters, chapters at /novel/c/NAME. */
export const novel = ({ chapters, perPage = 1000, advertised, cover = false }: Novel): Record<string, Answer> => {
  const pages: Record<string, Answer> = {};
  const count = advertised === undefined ? "" : `<p>${advertised} chapters</p>`;
  const image = cover ? '<meta property="og:image" content="/cover.png">' : "";
  pages["/novel"] =
    `<html lang="en"><head>${image}</head><body><h1>The Lamp</h1>${count}<a href="/novel/chapters">Chapter list</a></body></html>`;
  for (let at = 0; at * perPage < Math.max(1, chapters.length); at++) {
    const items = chapters
      .slice(at * perPage, (at + 1) * perPage)
      .map((name) => `<li><a href="/novel/c/${name}">Chapter ${name}</a></li>`);
    const next =
      (at + 1) * perPage < chapters.length ? `<a rel="next" href="/novel/chapters?page=${at + 2}">next</a>` : "";
    pages[at === 0 ? "/novel/chapters" : `/novel/chapters?page=${at + 1}`] =
      `<body><ol>${items.join("")}</ol>${next}</body>`;
  }
  for (const name of chapters)
    pages[`/novel/c/${name}`] = `<body><div class="chapter-content">${body(name)}</div></body>`;
  if (cover) {
    pages["/cover.png"] = (_, response) => response.writeHead(200, { "content-type": "image/png" }).end("png");
  }
  return pages;
};
