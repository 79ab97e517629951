import { booksConformance } from "./books.ts";
import { chaptersConformance } from "./chapters.ts";
import { fencesConformance } from "./fences.ts";
import { narrationsConformance } from "./narrations.ts";
import type { SetUp } from "./stage.ts";

/** What `Library` promises, told once and run on every adapter. */
export const libraryConformance = (setUp: SetUp): void => {
  booksConformance(setUp);
  chaptersConformance(setUp);
  narrationsConformance(setUp);
  fencesConformance(setUp);
};
