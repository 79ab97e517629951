import type { Library } from "@chapterhouse/library";
import { BaseSimpleProcessor } from "@chapterhouse/taskqueue";
import type { z } from "zod";
import type { Pages } from "../pages/pages.ts";
import type { ReaderFor } from "../reader/reader-for.ts";

/** What every scrape works with. */
export interface ScrapeDeps {
  readonly library: Library;
  readonly pages: Pages;
  readonly readerFor: ReaderFor;
}

export abstract class ScrapeProcessor<S extends z.ZodType> extends BaseSimpleProcessor<S> {
  protected readonly deps: ScrapeDeps;

  constructor(deps: ScrapeDeps) {
    super();
    this.deps = deps;
  }
}
