import type { HtmlPage } from "../pages/html-page.ts";
import type { PageKind, Source } from "../sources/schema.ts";
import { sourceFor } from "../sources/sources.ts";
import { fallbackReader } from "./fallback-reader.ts";
import type { SiteReader } from "./site-reader.ts";
import { sourceReader } from "./source-reader.ts";

export type ReaderFor = (page: HtmlPage, kind: PageKind) => SiteReader;

/** Picks the reader of a page: the source that knows it, else the fallback. */
export const createReaderFor = (sources: readonly Source[]): ReaderFor => {
  const readers = new Map(sources.map((source) => [source, sourceReader(source)]));
  return (page, kind) => {
    const source = sourceFor(sources, page, kind);
    return (source && readers.get(source)) ?? fallbackReader;
  };
};
