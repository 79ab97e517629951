import { z } from "zod";
import { bookSchema, chapterSummarySchema, narrationSchema, sentenceSchema, voiceSchema } from "./book.ts";
import { TASK_STATUSES } from "./states.ts";
import { fields, progressSchema, taskSchema, taskStatus } from "./task.ts";

/**
 * The REST API's documents. The backend validates and publishes them (OpenAPI), the page and the command line read
 * their types; nothing else describes the API.
 */
const time = z.iso.datetime();

/** Keyset paging: `cursor` is what the page before answered as `nextCursor`. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(200).optional(),
});
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });
export interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
}

export const errorSchema = z
  .object({ code: z.string(), message: z.string(), details: z.record(z.string(), z.unknown()) })
  .meta({ id: "Error" });

export const personSchema = z
  .object({ id: z.string(), email: z.string(), name: z.string(), role: z.enum(["admin", "member", "reader"]) })
  .meta({ id: "Person" });
export type Person = z.infer<typeof personSchema>;

export const signInBody = z.object({ email: z.string().min(1).max(255), password: z.string().min(1).max(255) });
export const meAnswer = z.object({ person: personSchema.nullable().describe("null for a caller with a key") });

/** `http` or `https`, checked by the target guard rather than here, so that the answer names the reason. */
const address = z.string().min(1).max(2048);
export const scrapeUrlBody = z.object({ url: address });
export const scrapeRangeBody = z.object({
  url: address,
  fromChapter: fields.chapterNumber,
  toChapter: fields.chapterNumber,
});

/** `created` is false when a live task already does this. */
export const enqueueAnswer = z.object({ task: taskSchema, created: z.boolean() }).meta({ id: "Enqueued" });
export type EnqueueAnswer = z.infer<typeof enqueueAnswer>;

export const audioBody = z.object({ voice: fields.voiceId.optional() }).nullish();
export const audioRangeBody = z
  .object({
    voice: fields.voiceId.optional(),
    from: fields.chapterNumber.optional(),
    to: fields.chapterNumber.optional(),
  })
  .nullish();

/** `task` is null when the narration is already there and current. */
export const audioAnswer = z
  .object({ task: taskSchema.nullable(), narration: narrationSchema.nullable(), created: z.boolean() })
  .meta({ id: "AudioEnqueued" });
export type AudioAnswer = z.infer<typeof audioAnswer>;

export const audioRangeAnswer = z
  .object({
    tasks: z.array(taskSchema),
    created: z.int(),
    alreadyLive: z.int(),
    alreadyNarrated: z.int(),
    notStored: z.int().describe("chapters of the range whose text is not here yet"),
  })
  .meta({ id: "AudioRangeEnqueued" });

export const tasksQuery = pageQuery.extend({
  status: z.union([taskStatus, z.enum(["live", "terminal"])]).optional(),
  kind: z.string().max(128).optional(),
  parent: z.string().max(64).optional().describe("only this task's children; `none` for tasks without a parent"),
});

export const booksQuery = pageQuery.extend({ q: z.string().max(200).optional().describe("in title or author") });

export const laneSchema = z
  .object({
    name: z.string(),
    running: z.int(),
    pending: z.int(),
    concurrency: z.int().nullable(),
    gapMs: z.int().describe("least time between two requests or tasks"),
    paused: z.boolean(),
    blockedUntil: time.nullable(),
    reason: z.string().nullable(),
  })
  .meta({ id: "Lane" });
export type Lane = z.infer<typeof laneSchema>;

export const runnerSchema = z
  .object({
    id: z.string(),
    host: z.string(),
    pid: z.int(),
    version: z.string(),
    kinds: z.array(z.string()),
    concurrency: z.int(),
    running: z.int(),
    alive: z.boolean(),
    startedAt: time,
    seenAt: time,
  })
  .meta({ id: "Runner" });
export type Runner = z.infer<typeof runnerSchema>;

export const runningTaskSchema = z.object({
  id: z.string(),
  kind: z.string(),
  lane: z.string(),
  status: taskStatus,
  subject: z.string().describe("what it is about, for people: a book's address, a chapter, a voice"),
  progress: progressSchema.nullable(),
  runner: z.string().nullable(),
  startedAt: time.nullable(),
});

export const statusSchema = z
  .object({
    at: time,
    version: z.string(),
    tasks: z.object({
      byStatus: z.record(z.enum(TASK_STATUSES), z.int()),
      byKind: z.record(z.string(), z.record(z.enum(TASK_STATUSES), z.int())),
    }),
    running: z.array(runningTaskSchema).describe("what runs or waits for children now, at most 50"),
    runners: z.object({ alive: z.int(), items: z.array(runnerSchema) }),
    lanes: z.array(laneSchema).describe("lanes with work, at most 50"),
  })
  .meta({ id: "Status" });
export type Status = z.infer<typeof statusSchema>;

export const healthSchema = z.object({ status: z.literal("ok") });
export const readySchema = z.object({ status: z.enum(["ready", "not_ready"]), store: z.boolean() });

export const narrationDetailSchema = narrationSchema
  .extend({ sentences: z.array(sentenceSchema) })
  .meta({ id: "NarrationDetail" });
export type NarrationDetail = z.infer<typeof narrationDetailSchema>;

export const taskPage = pageOf(taskSchema);
export const bookPage = pageOf(bookSchema);
export const chapterPage = pageOf(chapterSummarySchema);
export const voiceList = z.object({ items: z.array(voiceSchema) });
export const runnerList = z.object({ items: z.array(runnerSchema) });
