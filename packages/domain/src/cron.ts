import { z } from "zod";

/** What is done about times that passed while nobody looked. */
export const catchUpSchema = z.discriminatedUnion("mode", [
  /** Only what is due now. */
  z.object({ mode: z.literal("none") }),
  /** The last missed time alone. */
  z.object({ mode: z.literal("latest") }),
  /** Every missed time, the last `max` of them. */
  z.object({ mode: z.literal("all"), max: z.int().min(1).max(1000) }),
]);
export type CatchUp = z.infer<typeof catchUpSchema>;

export const CRON_SOURCES = ["file", "code", "api"] as const;

/** A recurring task: Graphile Worker's CronItem, with a time zone and a bounded catch-up. */
export const cronSpecSchema = z.object({
  identifier: z
    .string()
    .min(1)
    .max(128)
    .regex(/^[A-Za-z0-9_.:-]+$/)
    .describe("names the item; its default is its kind"),
  kind: z.string().min(1).max(128),
  schedule: z.string().max(256).describe("five fields: minute hour day-of-month month day-of-week"),
  timeZone: z.string().max(64).default("UTC").describe("IANA name"),
  catchUp: catchUpSchema.default({ mode: "none" }),
  fillMs: z
    .int()
    .min(0)
    .nullable()
    .default(null)
    .describe("times missed longer ago than this stay missed; null: no bound but the catch-up's"),
  payload: z.record(z.string(), z.unknown()).default({}),
  lane: z.string().min(1).max(128).nullable().default(null),
  priority: z.int().min(-1_000_000).max(1_000_000).default(0),
  maxAttempts: z.int().min(1).max(1000).nullable().default(null),
  key: z.string().max(512).nullable().default(null),
  keyMode: z.enum(["replace", "preserve_run_at", "unsafe_dedupe", "keep_first", "keep_last"]).default("replace"),
});
export type CronSpec = z.infer<typeof cronSpecSchema>;

const time = z.iso.datetime();

export const cronItemSchema = cronSpecSchema
  .extend({
    source: z
      .enum(CRON_SOURCES)
      .describe("file: the crontab; code: a runner's own; api: added over the API or the page"),
    paused: z.boolean(),
    nextAt: time.nullable().describe("null while paused"),
    lastAt: time.nullable().describe("the last time it fired for"),
    lastTask: z.string().nullable(),
  })
  .meta({ id: "CronItem" });
export type CronItem = z.infer<typeof cronItemSchema>;
