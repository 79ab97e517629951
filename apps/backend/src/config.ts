import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ChapterhouseError, configFields } from "@chapterhouse/domain";
import { z } from "zod";

const days = (value: number) => z.coerce.number().int().min(0).max(36_500).default(value);
const builtPage = fileURLToPath(new URL("../../web/dist", import.meta.url));

/** The backend's environment variables. */
export const backendConfig = {
  CHAPTERHOUSE_HOST: configFields.CHAPTERHOUSE_HOST,
  CHAPTERHOUSE_PORT: configFields.CHAPTERHOUSE_PORT,
  CHAPTERHOUSE_API_KEY: configFields.CHAPTERHOUSE_API_KEY,
  CHAPTERHOUSE_API_KEY_FILE: z.string().optional().describe("File that holds that key (a secret's mount)."),
  POCKETBASE_URL: configFields.POCKETBASE_URL,
  POCKETBASE_PASSWORD: configFields.POCKETBASE_PASSWORD,
  POCKETBASE_PASSWORD_FILE: configFields.POCKETBASE_PASSWORD_FILE,
  SCRAPE_ALLOW: configFields.SCRAPE_ALLOW,
  SCRAPE_MIN_GAP_MS: configFields.SCRAPE_MIN_GAP_MS,
  DEFAULT_VOICE: configFields.DEFAULT_VOICE,
  LOG_LEVEL: configFields.LOG_LEVEL,
  CRONTAB_FILE: z.string().optional().describe("Crontab of recurring tasks (docs/cron.md). Unset: none."),
  RETENTION_DONE_DAYS: days(30).describe("Days that tasks which are done are kept; 0 keeps them for ever."),
  RETENTION_FAILED_DAYS: days(90).describe("The same for failed ones."),
  RETENTION_CANCELLED_DAYS: days(30).describe("The same for cancelled ones."),
  RETENTION_MOST_TASKS: z.coerce
    .number()
    .int()
    .min(0)
    .default(200_000)
    .describe("Ended tasks kept of each state, parts of others not counted; the oldest go first. 0: no limit."),
  TRUSTED_PROXIES: z
    .string()
    .default("loopback")
    .describe("Reverse proxies whose X-Forwarded headers count: addresses, ranges, `loopback`, `uniquelocal`."),
  LIVE_MOST_CLIENTS: z.coerce
    .number()
    .int()
    .min(0)
    .max(100_000)
    .default(1000)
    .describe("Streams of live events at once (docs/live.md); whoever comes after that gets 503."),
  WEB_DIR: z
    .string()
    .default(builtPage)
    .describe("Folder of the built web page. Unset: the one that this checkout builds."),
} as const;

const LEAST_LENGTH = 16;

/**
 * A secret given as text or as a file; null when neither is.
 * Throws `CONFIG_INVALID` for a file that is not there, or holds too little to be a secret.
 */
export const readSecret = (text: string | undefined, file: string | undefined): string | null => {
  if (text !== undefined) return text;
  if (file === undefined) return null;
  const secret = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
  if (secret.length >= LEAST_LENGTH) return secret;
  const message = `The secret's file ${file} is missing, or holds fewer than ${LEAST_LENGTH} characters`;
  throw new ChapterhouseError("CONFIG_INVALID", message, { details: { file } });
};
