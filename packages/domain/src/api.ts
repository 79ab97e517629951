import { z } from "zod";
import { bookSchema, chapterSummarySchema, narrationSchema, sentenceSchema, voiceSchema } from "./book.ts";
import { cronItemSchema, cronSpecSchema } from "./cron.ts";
import { TASK_STATUSES } from "./states.ts";
import { fields, KEY_MODES, logLineSchema, progressSchema, taskSchema, taskStatus } from "./task.ts";

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
export const addressField = z.string().min(1).max(2048);
export const scrapeUrlBody = z.object({ url: addressField });
export const scrapeRangeBody = z.object({
  url: addressField,
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

/** A token bucket: `count` claims at once, and as many again in each further `intervalMs`. */
export const laneRateSchema = z.object({
  count: z.int().min(1).max(100_000),
  intervalMs: z.int().min(1).max(86_400_000),
});

export const laneSchema = z
  .object({
    name: z.string(),
    running: z.int(),
    pending: z.int(),
    concurrency: z.int().nullable(),
    gapMs: z.int().describe("least time between two requests or tasks"),
    rate: laneRateSchema.nullable().describe("null: no limit"),
    paused: z.boolean(),
    blockedUntil: time.nullable(),
    reason: z.string().nullable().describe("of the pause or the block"),
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

// The operator's part of the API.

/** A task by its kind's name: what it does not say, the kind's definition says. */
export const newTaskBody = z.object({
  kind: z.string(),
  payload: z.record(z.string(), z.unknown()).or(z.array(z.unknown())).default({}),
  lane: z.string().optional(),
  key: z.string().optional(),
  keyMode: z.enum(KEY_MODES).optional(),
  priority: z.int().optional(),
  runAt: time.optional(),
  maxAttempts: z.int().optional(),
  flags: z.array(z.string()).optional(),
  group: z.string().optional(),
});
export const newTasksBody = z.object({ tasks: z.array(newTaskBody).min(1).max(1000) });
export const enqueuedList = z.object({ items: z.array(enqueueAnswer) });
export const byKeyQuery = z.object({ key: z.string().min(1).max(512) });
export const removedByKey = z.object({ task: taskSchema.nullable().describe("as it was; null when the key was free") });

export const taskActionSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("complete"), result: z.record(z.string(), z.unknown()).optional() }),
  z.object({ type: z.literal("fail"), reason: z.string().min(1).max(500) }),
  z.object({
    type: z.literal("reschedule"),
    runAt: time.optional(),
    priority: z.int().optional(),
    attempts: z.int().min(0).optional(),
    maxAttempts: z.int().min(1).max(1000).optional(),
  }),
  z.object({ type: z.literal("retry_children"), cancelled: z.boolean().optional() }),
  z.object({ type: z.enum(["redrive", "hold", "resume", "cancel", "remove"]) }),
]);

/** A misspelt field is refused: passed over, it would mean all tasks. */
export const taskMatchSchema = z.strictObject({
  status: z.array(taskStatus).optional(),
  kinds: z.array(z.string()).optional(),
  lane: z.string().optional(),
  parent: z.string().nullable().optional(),
  group: z.string().optional(),
  errorCode: z.string().optional(),
  addedBefore: time.optional(),
});

/** Which tasks: `ids` or `filter`, one of them. With `preview` nothing is changed and only the count is answered. */
export const taskActionsBody = z.object({
  action: taskActionSchema,
  ids: z.array(z.string()).max(1000).optional(),
  filter: taskMatchSchema.optional(),
  preview: z.boolean().default(false),
});
export const taskActionsAnswer = z
  .object({
    matched: z.int().describe("selected tasks in a status that the action is for"),
    changed: z.int().describe("at most 1000 a call: while it is less than `matched`, ask again"),
    tasks: z.array(taskSchema).describe("the changed ones, at most 100"),
  })
  .meta({ id: "TaskActionsAnswer" });

export const whySchema = z
  .object({
    taskId: z.string(),
    reason: z.string().describe("stable; see docs/administration.md"),
    sentence: z.string(),
    until: time.nullable(),
  })
  .meta({ id: "Why" });

export const logQuery = pageQuery.extend({ failures: z.stringbool().optional() });
export const logPage = pageOf(logLineSchema);

export const definitionSchema = z
  .object({
    kind: z.string(),
    title: z.string(),
    description: z.string(),
    payloadSchema: z.record(z.string(), z.unknown()).nullable().describe("JSON Schema"),
    defaults: z.record(z.string(), z.unknown()),
    status: z.enum(["active", "disabled"]),
    removedAt: time.nullable(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: "TaskDefinition" });
export const definitionList = z.object({ items: z.array(definitionSchema) });
export const definitionsQuery = z.object({ removed: z.stringbool().optional() });
export const definitionBody = z.object({ status: z.enum(["active", "disabled"]) });

export const laneList = z.object({ items: z.array(laneSchema) });
export const laneBody = z.object({
  concurrency: z.int().min(1).max(1_000_000).nullable(),
  gapMs: z.int().min(0).max(86_400_000).default(0),
  rate: laneRateSchema.nullable().default(null),
});
export const pauseLaneBody = z.object({ reason: z.string().max(500).default("paused by an operator") }).nullish();
export const drainedAnswer = z.object({ cancelled: z.int() });

export const cronBody = cronSpecSchema;
export const cronEntry = z
  .object({ item: cronItemSchema, upcoming: z.array(time).describe("the next runs, at most five") })
  .meta({ id: "CronEntry" });
export const cronList = z.object({ items: z.array(cronEntry) });

export const releaseRunnerBody = z.object({ force: z.boolean().default(false) }).nullish();
export const releasedAnswer = z.object({ released: z.int() });
