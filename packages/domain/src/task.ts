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
  "scrape.catalogue": z.object({ url: webUrl }),
  "scrape.book": z.object({ url: webUrl }),
  /** Chapters by position in the book's list, 1-based, both ends included. */
  "scrape.book_range": z.object({ url: webUrl, fromChapter: chapterNumber, toChapter: chapterNumber }),
  /** `chapterId` is the library's record, listed before this task is added. */
  "scrape.chapter": z.object({ url: webUrl, bookUrl: webUrl, slug, chapterId: z.string().min(1) }),
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
});
export type Progress = z.infer<typeof progressSchema>;

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
    progress: progressSchema.nullable(),
    checkpoint: z.unknown().describe("what its handler left to go on from; null for none"),
    result: z.record(z.string(), z.unknown()).nullable(),
    error: taskErrorSchema.nullable().describe("the last failure, also while a retry is due"),
    deadline: time.nullable().describe("this attempt is stopped then"),
    waitingFor: z.string().nullable().describe("why it was put off, in words"),
    createdAt: time,
    updatedAt: time,
    startedAt: time.nullable(),
    finishedAt: time.nullable(),
    cancelRequestedAt: time.nullable(),
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
  /** Until every child is terminal; then done with `result`; failed with CHILDREN_FAILED when any child failed. */
  | { type: "wait"; result?: Record<string, unknown> };
