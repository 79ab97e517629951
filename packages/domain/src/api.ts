import { z } from "zod";
import { bookSchema, chapterSummarySchema, narrationSchema, sentenceSchema, voiceSchema } from "./book.ts";
import { cronItemSchema, cronSpecSchema } from "./cron.ts";
import { TASK_STATUSES } from "./states.ts";
import {
  CHILD_FAILURE_POLICIES,
  childCountsSchema,
  fields,
  KEY_MODES,
  logLineSchema,
  progressSchema,
  taskSchema,
  taskStatus,
} from "./task.ts";

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

// Jobs as people look at them: parents with their items, whoever asked for them, live (docs/live.md).

/** How far a task is with all that is below it. */
export const overallSchema = z.object({
  fraction: z.number().min(0).max(1).nullable().describe("null while it is not known"),
  rate: z
    .number()
    .nonnegative()
    .nullable()
    .describe("items a second, lately; of a task without items its progress' units"),
  eta: time.nullable(),
});
export type Overall = z.infer<typeof overallSchema>;
export const queuedTaskSchema = taskSchema
  .extend({ subject: z.string().describe("what it is about, for people"), overall: overallSchema })
  .meta({ id: "QueuedTask" });
export type QueuedTask = z.infer<typeof queuedTaskSchema>;
export const queuedPage = pageOf(queuedTaskSchema);

export const queuesQuery = pageQuery.extend({
  status: z.union([taskStatus, z.enum(["live", "terminal"])]).optional(),
  type: z.string().max(128).optional().describe("a kind; lists of its tasks are of that type as well"),
  created_by: z.string().max(160).optional().describe("`me`, person:ID, key:NAME or cron:IDENTIFIER"),
});

/** Without items: one task of the kind, whose payload is `meta`. With them: a parent, and a task of the kind for each. */
export const newQueueTaskBody = z.strictObject({
  type: z.string().describe("the kind"),
  items: z.array(z.record(z.string(), z.unknown())).max(9_999).optional().describe("their payloads, in order"),
  meta: z.record(z.string(), z.unknown()).default({}),
  onChildFailure: z.enum(CHILD_FAILURE_POLICIES).default("finish_with_errors").describe("of the parent"),
  priority: z.int().optional(),
});
export const queueTaskCreated = z
  .object({
    task_id: z.string(),
    task: taskSchema,
    created: z.boolean().describe("false: a live task already does this"),
  })
  .meta({ id: "QueueTaskCreated" });
export type QueueTaskCreated = z.infer<typeof queueTaskCreated>;

export const queueItemSchema = z.object({ index: z.int().nonnegative(), task: taskSchema }).meta({ id: "QueueItem" });
export type QueueItem = z.infer<typeof queueItemSchema>;
export const queueQuery = z.object({
  limit: z.coerce.number().int().min(0).max(500).default(100),
  from: z.coerce.number().int().min(0).default(0).describe("index of the first item"),
});
export const queueDetail = z
  .object({ task: queuedTaskSchema, items: z.array(queueItemSchema), next: z.int().nullable() })
  .meta({ id: "QueueDetail" });
export type QueueDetail = z.infer<typeof queueDetail>;
export const queueItemDetail = z
  .object({ task: taskSchema, log: pageOf(logLineSchema) })
  .meta({ id: "QueueItemDetail" });
export const retryQueueBody = z.strictObject({ cancelled: z.boolean().default(false) }).nullish();
export const ongoingAnswer = z.object({
  items: z.array(queuedTaskSchema).describe("live tasks without a parent, the newest 50"),
});

export const LIVE_EVENTS = [
  "task.created",
  "task.updated",
  "item.updated",
  "task.completed",
  "task.failed",
  "task.canceled",
] as const;
/**
 * What a live client is told. Ends of tasks without a parent are `task.completed`, `task.failed` and `task.canceled`; of
 * all others, and all their changes, `item.updated` with the parent as `task`. `task.updated` says counts and progress,
 * at most ten times a second a task.
 */
export const liveEventSchema = z
  .object({
    id: z.string().nullable().describe("where to go on from (Last-Event-ID); null for coalesced counts and progress"),
    type: z.enum(LIVE_EVENTS),
    task: z.string(),
    item: z.string().nullable(),
    kind: z.string().describe("of the item, where there is one"),
    status: taskStatus,
    children: childCountsSchema.nullable(),
    progress: progressSchema.nullable(),
    overall: overallSchema.nullable(),
    at: time,
  })
  .meta({ id: "LiveEvent" });
export type LiveEvent = z.infer<typeof liveEventSchema>;
/**
 * What stands between the events. `ready`: the stream begins here, so read the state now (not when `resumed`: nothing was
 * missed). `reset`: events were missed, so read the state anew; it goes on from here.
 */
export const liveNoticeSchema = z
  .object({ type: z.enum(["ready", "reset"]), id: z.string(), resumed: z.boolean() })
  .meta({ id: "LiveNotice" });
export type LiveNotice = z.infer<typeof liveNoticeSchema>;
/** `task`: only events of these tasks and their items. `lastEventId`: for those who cannot send the header. */
export const liveQuery = z.object({
  task: z.union([z.string().max(64), z.array(z.string().max(64)).max(100)]).optional(),
  lastEventId: z.string().max(64).optional(),
});

export const API_KEY_SCOPES = ["read", "enqueue", "cancel", "operate"] as const;
export const apiKeySchema = z
  .object({
    name: z.string(),
    scopes: z.array(z.enum(API_KEY_SCOPES)).describe("operate: everything an admin may"),
    kinds: z.array(z.string()).nullable().describe("kinds it may enqueue and cancel, such as scrape.*; null: all"),
    createdAt: time,
    expiresAt: time.nullable(),
    lastUsedAt: time.nullable().describe("to the minute"),
  })
  .meta({ id: "ApiKey" });
export type ApiKey = z.infer<typeof apiKeySchema>;
export const newApiKeyBody = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[a-z0-9][a-z0-9._-]*$/),
  scopes: z.array(z.enum(API_KEY_SCOPES)).min(1),
  kinds: z.array(z.string().min(1).max(128)).min(1).max(100).nullable().default(null),
  expiresAt: time.nullable().default(null),
});
export const apiKeyCreated = apiKeySchema.extend({ secret: z.string().describe("told this once") });
export const apiKeyList = z.object({ items: z.array(apiKeySchema) });

/** A book, or a source of books (a catalogue), that is looked at again and again. */
export const followSchema = z
  .object({
    id: z.string(),
    what: z.enum(["book", "catalogue"]),
    url: z.string(),
    schedule: z.string().describe("crontab's five fields, in UTC"),
    narrate: z.string().nullable().describe("the voice that reads new chapters aloud; null: none"),
    nextAt: time.nullable(),
    lastAt: time.nullable(),
    lastTask: z.string().nullable(),
  })
  .meta({ id: "Follow" });
export type Follow = z.infer<typeof followSchema>;
export const newFollowBody = z.strictObject({
  what: z.enum(["book", "catalogue"]).default("book"),
  url: address,
  schedule: z.string().max(256).optional().describe("default: once a day, at a minute of its own"),
  narrate: fields.voiceId.optional(),
});
export const followCreated = z.object({ follow: followSchema, task_id: z.string(), task: taskSchema });
export const followList = z.object({ items: z.array(followSchema) });
