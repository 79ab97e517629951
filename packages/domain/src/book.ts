import { z } from "zod";
import { fields } from "./task.ts";

const time = z.iso.datetime();

export const BOOK_STATUSES = ["unknown", "ongoing", "completed", "hiatus", "cancelled"] as const;

/** A book as the library holds it. `source` names how its site is read (`fallback` when nothing knew the markup). */
export const bookSchema = z
  .object({
    id: z.string(),
    slug: fields.slug,
    url: z.string(),
    title: z.string(),
    author: z.string(),
    summary: z.string().describe("plain text, paragraphs separated by a line feed"),
    genres: z.array(z.string()),
    language: z.string().describe("BCP 47, empty when not known"),
    status: z.enum(BOOK_STATUSES),
    source: z.string(),
    hasCover: z.boolean(),
    chapters: z.object({
      advertised: z.int().nullable().describe("what the book's page claims; null when it claims nothing"),
      listed: z.int().describe("found in the list"),
      stored: z.int(),
      failed: z.int(),
    }),
    narrations: z.int(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: "Book" });
export type Book = z.infer<typeof bookSchema>;

/** `listed`: known, not fetched yet. `failed`: could not be fetched, see `error`. `gone`: no longer in the list. */
export const CHAPTER_STATES = ["listed", "stored", "failed", "gone"] as const;

export const narrationSchema = z
  .object({
    id: z.string(),
    slug: fields.slug,
    chapterId: z.string(),
    chapter: z.int().describe("the chapter's position"),
    voice: z.string(),
    engine: z.string(),
    textHash: z.string().describe("SHA-256 of the spoken text; a narration is current while it is the chapter's"),
    current: z.boolean(),
    durationMs: z.int(),
    bytes: z.int(),
    mimeType: z.string(),
    loudnessLufs: z.number(),
    createdAt: time,
  })
  .meta({ id: "Narration" });
export type Narration = z.infer<typeof narrationSchema>;

export const sentenceSchema = z.object({
  text: z.string().describe("as it stands in the chapter's text"),
  startMs: z.int(),
  endMs: z.int(),
});
export type Sentence = z.infer<typeof sentenceSchema>;

/** A chapter in a list: everything but its words. */
export const chapterSummarySchema = z
  .object({
    id: z.string(),
    slug: fields.slug,
    number: z.int().describe("1-based position in the book"),
    url: z.string(),
    title: z.string(),
    state: z.enum(CHAPTER_STATES),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    words: z.int(),
    textHash: z.string().nullable(),
    fetchedAt: time.nullable(),
    voices: z.array(z.string()).describe("voices with a current narration"),
  })
  .meta({ id: "ChapterSummary" });
export type ChapterSummary = z.infer<typeof chapterSummarySchema>;

export const chapterSchema = chapterSummarySchema
  .extend({
    html: z.string().describe("cleaned"),
    text: z.string().describe("plain, one paragraph a line"),
    narrations: z.array(narrationSchema),
    previous: z.int().nullable().describe("number of the stored chapter before this one"),
    next: z.int().nullable(),
  })
  .meta({ id: "Chapter" });
export type Chapter = z.infer<typeof chapterSchema>;

export const voiceSchema = z
  .object({
    id: z.string().describe("engine:name, such as flite:rms"),
    name: z.string(),
    engine: z.string(),
    language: z.string().describe("BCP 47"),
    gender: z.enum(["male", "female", "unknown"]),
    isDefault: z.boolean(),
    offline: z.boolean().describe("speaks without any network"),
  })
  .meta({ id: "Voice" });
export type Voice = z.infer<typeof voiceSchema>;
