import { parsePage } from "../../apps/runner/src/pages/html-page.ts";
import { createReaderFor } from "../../apps/runner/src/reader/reader-for.ts";
import type { Source } from "../../apps/runner/src/sources/schema.ts";
import { loadSources } from "../../apps/runner/src/sources/sources.ts";
import { median } from "../report.ts";

const WARM_UP = 20;
const MOST = 200;

const measure = (pages: readonly string[], sources: readonly Source[]): number => {
  const readerFor = createReaderFor(sources);
  const times = pages.slice(0, MOST).map((html, index) => {
    const startedAt = performance.now();
    const page = parsePage(new URL(`http://site/c-${index + 1}`), html);
    const { text } = readerFor(page, "chapter").readChapter(page);
    if (!text) throw new Error("a chapter was not read");
    return performance.now() - startedAt;
  });
  return median(times.slice(Math.min(WARM_UP, times.length - 1)));
};

const builtIn = await loadSources();

/** Median ms for one chapter, from its markup to clean HTML and text, in this process. */
export const measureReaders = (pages: readonly string[]) => ({
  source: measure(pages, builtIn),
  fallback: measure(pages, []),
});
