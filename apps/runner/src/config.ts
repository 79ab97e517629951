import { configFields, TASK_KINDS, type TaskKind } from "@chapterhouse/domain";
import { z } from "zod";

const kinds = z
  .string()
  .optional()
  .transform((text, context): readonly TaskKind[] => {
    if (text === undefined) return TASK_KINDS;
    const named = text.split(/[\s,]+/).filter(Boolean);
    const unknown = named.filter((name) => !(TASK_KINDS as readonly string[]).includes(name));
    if (unknown.length > 0) context.addIssue({ code: "custom", message: `unknown kinds: ${unknown.join(", ")}` });
    return named as TaskKind[];
  });

const flags = z
  .string()
  .default("")
  .transform((text): readonly string[] => text.split(/[\s,]+/).filter(Boolean));

/** What a runner reads from its environment. */
export const runnerConfig = {
  POCKETBASE_URL: configFields.POCKETBASE_URL,
  POCKETBASE_PASSWORD: configFields.POCKETBASE_PASSWORD,
  POCKETBASE_PASSWORD_FILE: configFields.POCKETBASE_PASSWORD_FILE,
  SCRAPE_ALLOW: configFields.SCRAPE_ALLOW,
  SCRAPE_MIN_GAP_MS: configFields.SCRAPE_MIN_GAP_MS,
  LOG_LEVEL: configFields.LOG_LEVEL,
  SCRAPE_SOURCES: z
    .string()
    .optional()
    .describe("Folder of source files (docs/sources.md) in place of the built-in ones; empty: the fallback alone."),
  SCRAPE_CONTACT: z
    .string()
    .max(200)
    .regex(/^[\x20-\x7e]+$/, "must be plain ASCII")
    .optional()
    .describe("How a site's owner reaches you (a URL or an e-mail address); stands in the User-Agent."),
  CHROMIUM_PATH: z.string().optional().describe("Chromium for pages that are empty without scripts."),
  EDGE_TTS_URL: z.url().optional().describe("WebSocket address of Edge's speech service, for tests and proxies."),
  RUNNER_CONCURRENCY: z.coerce
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(4)
    .describe("How many tasks one runner does at a time."),
  RUNNER_FORBIDDEN_FLAGS: flags.describe("Leaves tasks with any of these flags to other runners; a list."),
  RUNNER_KINDS: kinds.describe("Task kinds this runner takes, as a list; unset: all."),
} as const;
