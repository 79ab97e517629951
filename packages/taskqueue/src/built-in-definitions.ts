import { PAYLOADS, TASK_KINDS, type TaskKind } from "@chapterhouse/domain";
import { z } from "zod";
import { PRIORITIES } from "./own-task.ts";
import type { NewDefinition, TaskDefaults } from "./ports.ts";

interface Words {
  readonly title: string;
  readonly description: string;
  readonly defaults?: TaskDefaults;
}

const WORDS: Readonly<Record<TaskKind, Words>> = {
  "scrape.catalogue": {
    title: "Read a catalogue",
    description: "Finds the books of a site's list, page after page, and adds a task for each of them.",
  },
  "scrape.book": {
    title: "Read a book",
    description:
      "Reads a book's page, cover and list of chapters, and adds a task for each chapter that is not stored. It is done when they have ended, and says how many could not be had.",
  },
  "scrape.book_range": {
    title: "Read a part of a book",
    description: "The same for the chapters from one place of the list to another, both included.",
  },
  "scrape.chapter": {
    title: "Read a chapter",
    description:
      "Fetches one chapter of a book that is known, cleans its text and stores it; then has it read aloud, if asked to.",
    defaults: { priority: PRIORITIES.chapter },
  },
  "narrate.chapter": {
    title: "Narrate a chapter",
    description: "Reads a stored chapter aloud in one voice and stores the audio with the time of each word.",
    defaults: { priority: PRIORITIES.chapter },
  },
};

/** What our own kinds are, for people and for the enqueuer. Runners define them when they start. */
export const builtInDefinitions = (): readonly NewDefinition[] =>
  TASK_KINDS.map((kind) => ({
    kind,
    ...WORDS[kind],
    payloadSchema: { ...z.toJSONSchema(PAYLOADS[kind], { io: "input" }) },
  }));
