import { z } from "zod";
import { TASK_STATUSES } from "./states.ts";

/** An http or https address, as text. Whether it may be fetched is the target guard's business. */
const webUrl = z
  .string()
  .max(2048)
  .refine((text) => /^https?:\/\/[^/]/i.test(text) && URL.canParse(text), "must be an http or https URL");

const slug = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, "must be lower-case letters, digits and single hyphens");

const chapterNumber = z.int().min(1).max(100_000);

const voiceId = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[A-Za-z0-9][A-Za-z0-9:._-]*$/);

export const fields = { webUrl, slug, chapterNumber, voiceId };

/**
 * The payload of every kind of ours. Configuration only: what a task has achieved so far is its progress, its
 * children and the library, never its payload.
 */
export const PAYLOADS = {
  /** `narrate`, of these four: read each new chapter aloud in this voice, as a child of the chapter's task. */
  "scrape.catalogue": z.object({ url: webUrl, narrate: voiceId.optional() }),
  "scrape.book": z.object({ url: webUrl, narrate: voiceId.optional() }),
  /** Chapters by position in the book's list, 1-based, both ends included. */
  "scrape.book_range": z.object({
    url: webUrl,
    fromChapter: chapterNumber,
    toChapter: chapterNumber,
    narrate: voiceId.optional(),
  }),
  /** `chapterId` is the library's record, listed before this task is added. */
  "scrape.chapter": z.object({
    url: webUrl,
    bookUrl: webUrl,
    slug,
    chapterId: z.string().min(1),
    narrate: voiceId.optional(),
  }),
  /** `chapter` is a position; the narration belongs to the chapter that stands there when the task runs. */
  "narrate.chapter": z.object({ slug, chapter: chapterNumber, voice: voiceId }),
} as const;

export type TaskKind = keyof typeof PAYLOADS;
export type Payload<K extends TaskKind = TaskKind> = z.infer<(typeof PAYLOADS)[K]>;
export const TASK_KINDS = Object.keys(PAYLOADS) as readonly TaskKind[];

export const taskStatus = z.enum(TASK_STATUSES);

export const progressSchema = z.object({
  done: z.number().nonnegative(),
  total: z.number().nonnegative().nullable().describe("null while it is not known"),
  unit: z.string().max(32).describe("what is counted: pages, chapters, sentences"),
  message: z.string().max(500).default(""),
  rate: z
    .number()
    .nonnegative()
    .nullable()
    .default(null)
    .describe("units a second, lately; null while it is not known"),
  eta: z.iso.datetime().nullable().default(null).describe("when it will be over if it goes on so"),
});
export type Progress = z.infer<typeof progressSchema>;
/** What a handler says of how far it is. `rate` and `eta` are worked out from it unless they are given. */
export type ProgressReport = z.input<typeof progressSchema>;

/**
 * What becomes of a parent when its last child has ended and some of them failed or were cancelled. `fail`: it fails with
 * CHILDREN_FAILED (or is cancelled, when none failed). `finish_with_errors`: it is done, and its error says how many
 * failed. `ignore`: it is done, as if nothing had been. None of them stops the other children.
 */
export const CHILD_FAILURE_POLICIES = ["fail", "finish_with_errors", "ignore"] as const;
export type ChildFailurePolicy = (typeof CHILD_FAILURE_POLICIES)[number];

export const taskErrorSchema = z.object({
  code: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.unknown()).default({}),
});
export type TaskError = z.infer<typeof taskErrorSchema>;

export const childCountsSchema = z.object({
  total: z.int().nonnegative(),
  done: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  cancelled: z.int().nonnegative(),
});
export type ChildCounts = z.infer<typeof childCountsSchema>;

export const KEY_MODES = ["replace", "preserve_run_at", "unsafe_dedupe", "keep_first", "keep_last"] as const;
/**
 * What adding a task does when its key is taken. The first three are Graphile Worker's, to the letter (docs/keys.md);
 * `keep_first` answers a live task unchanged and otherwise adds; `keep_last` has one run and at most one wait, whose
 * payload is the last that was added.
 */
export type KeyMode = (typeof KEY_MODES)[number];

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

/** A line of a task's log. Failures of attempts are lines too: those with a `code`. */
export const logLineSchema = z
  .object({
    at: z.iso.datetime(),
    level: z.enum(LOG_LEVELS),
    attempt: z.int(),
    lease: z.int(),
    runner: z.string().nullable(),
    code: z.string().nullable().describe("of the failure that ended the attempt; null for what a handler logged"),
    message: z.string(),
    stack: z.string().nullable(),
  })
  .meta({ id: "LogLine" });
export type LogLine = z.infer<typeof logLineSchema>;

const time = z.iso.datetime();

/** One unit of work, as every port, the REST API and the page show it. Times are ISO 8601 in UTC. */
export const taskSchema = z
  .object({
    id: z.string(),
    kind: z.string().describe("which handler runs it, such as scrape.book"),
    lane: z.string().describe("the named queue it stands in"),
    key: z.string().nullable().describe("unique among live tasks; null for none"),
    status: taskStatus,
    priority: z.int().describe("lower first"),
    runAt: time.describe("not claimed before"),
    revision: z.int().describe("grows when a task is overwritten by its key"),
    flags: z.array(z.string()).describe("a runner may refuse tasks by these"),
    group: z.string().nullable().describe("tasks of a group take turns with all others; null: a turn of its own"),
    payload: z.record(z.string(), z.unknown()).or(z.array(z.unknown())) as unknown as z.ZodRecord<
      z.ZodString,
      z.ZodUnknown
    >,
    attempts: z.int().describe("how often it was tried"),
    maxAttempts: z.int(),
    crashes: z.int().describe("how often its runner vanished"),
    lease: z.int().describe("fences every write about the task; grows with every claim"),
    runner: z.string().nullable(),
    parent: z.string().nullable(),
    children: childCountsSchema,
    onChildFailure: z.enum(CHILD_FAILURE_POLICIES).describe("what its children's failures mean for it"),
    continuation: z.boolean().describe("its children are over, and its handler runs, or will run, once more"),
    progress: progressSchema.nullable(),
    checkpoint: z.unknown().describe("what its handler left to go on from; null for none"),
    result: z.record(z.string(), z.unknown()).nullable(),
    error: taskErrorSchema.nullable().describe("the last failure, also while a retry is due"),
    deadline: time.nullable().describe("this attempt is stopped then"),
    waitingFor: z.string().nullable().describe("why it was put off, in words"),
    createdBy: z
      .string()
      .nullable()
      .describe("person:ID, key:NAME or cron:IDENTIFIER; null: the system, or its parent"),
    createdAt: time,
    updatedAt: time,
    startedAt: time.nullable(),
    finishedAt: time.nullable(),
    cancelRequestedAt: time.nullable().describe("its end as cancelled is `finishedAt`"),
  })
  .meta({ id: "Task" });
export type Task = z.infer<typeof taskSchema>;

/** What a handler returns; the worker loop alone turns it into a status. A throw is `fail` by the error's code. */
export type Outcome =
  | { type: "done"; result?: Record<string, unknown> }
  /**
   * Spends the attempt: retried with backoff while attempts are left, unless `permanent`. `retryDelaysMs` is by attempt
   * (the last for all further ones) and stands in for `retryDelayMs`. The stack goes to the task's log alone.
   */
  | { type: "fail"; error: TaskError; permanent?: boolean; stack?: string; retryDelaysMs?: readonly number[] }
  /** Gives the attempt back: not before `runAt` (ms since the epoch), because of `reason`. */
  | { type: "later"; runAt: number; reason: string }
  /**
   * Until every child is terminal; then `onChildFailure` (default: what it was added with, else `fail`) says what their
   * failures mean. Where they do not make it fail, it ends as done with `result`, or, with `then: "run"`, its handler is
   * called once more (a continuation: the attempt that waited is not counted).
   */
  | { type: "wait"; result?: Record<string, unknown>; onChildFailure?: ChildFailurePolicy; then?: "end" | "run" };
