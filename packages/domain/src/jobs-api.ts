import { z } from "zod";
import { addressField, pageOf, pageQuery } from "./api.ts";
import {
  CHILD_FAILURE_POLICIES,
  childCountsSchema,
  fields,
  logLineSchema,
  progressSchema,
  taskSchema,
  taskStatus,
} from "./task.ts";

// The REST API's documents, as api.ts has the others: jobs as people look at them (parents with their items, whoever asked
// for them), live (docs/live.md), the keys of programs, and what is followed.
const time = z.iso.datetime();

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
  url: addressField,
  schedule: z.string().max(256).optional().describe("default: once a day, at a minute of its own"),
  narrate: fields.voiceId.optional(),
});
export const followCreated = z.object({ follow: followSchema, task_id: z.string(), task: taskSchema });
export const followList = z.object({ items: z.array(followSchema) });
