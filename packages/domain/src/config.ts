import { z } from "zod";
import { ChapterhouseError } from "./errors.ts";
import { parseAllowList } from "./target.ts";
import { DEFAULT_VOICE, isVoice } from "./voices.ts";

/** A schema over environment variables: one entry a variable, each described for the table in docs/configuration.md. */
export type ConfigShape = Readonly<Record<string, z.ZodType>>;

/**
 * Reads a process's configuration from its environment, once. An empty value counts as unset.
 * Throws `CONFIG_INVALID`, naming every variable that is wrong.
 */
export const readConfig = <S extends ConfigShape>(
  shape: S,
  env: Readonly<Record<string, string | undefined>>,
): z.infer<z.ZodObject<S>> => {
  const given = Object.fromEntries(Object.keys(shape).map((name) => [name, env[name]?.trim() || undefined]));
  const read = z.object(shape).safeParse(given);
  if (read.success) return read.data;
  const wrong = read.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new ChapterhouseError("CONFIG_INVALID", `Configuration is wrong: ${wrong.join("; ")}`, {
    details: { variables: read.error.issues.map((issue) => issue.path.join(".")) },
  });
};

const integer = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

/** Variables that more than one process reads: described once, meant alike everywhere. */
export const configFields = {
  CHAPTERHOUSE_HOST: z.string().default("127.0.0.1").describe("Address the backend listens on."),
  CHAPTERHOUSE_PORT: integer(0, 65_535).default(8080).describe("Port the backend listens on; 0 lets the system pick."),
  CHAPTERHOUSE_API_KEY: z
    .string()
    .min(16)
    .optional()
    .describe("An admin's bearer key. Unset: generated once and kept in the data folder as `api-key`."),
  POCKETBASE_URL: z.url().describe("A running PocketBase. Unset, `up` starts one on loopback."),
  POCKETBASE_PASSWORD: z.string().min(16).optional().describe("Password of this process's service account."),
  POCKETBASE_PASSWORD_FILE: z.string().optional().describe("File that holds that password (a secret's mount)."),
  SCRAPE_ALLOW: z
    .string()
    .default("")
    .transform((text, context) => {
      try {
        return parseAllowList(text);
      } catch (error) {
        context.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
        return z.NEVER;
      }
    })
    .describe("`host:port` list of private addresses that scrapes may reach. Everything else private is refused."),
  SCRAPE_MIN_GAP_MS: integer(0, 3_600_000)
    .default(1000)
    .describe("Politeness floor: least time between two requests to one site, over all runners."),
  DEFAULT_VOICE: z
    .string()
    .default(DEFAULT_VOICE)
    .refine(isVoice, "is no voice of ours (see GET /api/voices)")
    .describe("Voice of narrations that name none."),
  LOG_LEVEL: z
    .enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"])
    .default("info")
    .describe("Least level that is logged (JSON lines on standard error)."),
} as const;

/** E-mail names of the service accounts; their passwords are made at the first start. */
export const SERVICE_ACCOUNTS = {
  backend: "backend@accounts.chapterhouse.local",
  runner: "runner@accounts.chapterhouse.local",
} as const;
