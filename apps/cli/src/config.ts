import { configFields } from "@chapterhouse/domain";
import { z } from "zod";

/** What the command line reads from its environment. `up` hands the environment on to the processes that it starts. */
export const cliConfig = {
  CHAPTERHOUSE_DATA: z
    .string()
    .default("./data")
    .describe("Data folder: PocketBase's files, the secrets, the API key, the address of a running `up`."),
  CHAPTERHOUSE_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("Server that the commands talk to. Unset: the one that `up` started with this data folder."),
  CHAPTERHOUSE_API_KEY: configFields.CHAPTERHOUSE_API_KEY,
  CHAPTERHOUSE_HOST: configFields.CHAPTERHOUSE_HOST,
  CHAPTERHOUSE_PORT: configFields.CHAPTERHOUSE_PORT,
  POCKETBASE_URL: configFields.POCKETBASE_URL.optional(),
  POCKETBASE_BIN: z
    .string()
    .optional()
    .describe("PocketBase binary that `up` starts instead of the one that was installed with it."),
  RUNNERS: z.coerce.number().int().min(0).max(64).default(1).describe("Runner processes that `up` starts."),
  SCRAPE_ALLOW: configFields.SCRAPE_ALLOW,
  LOG_LEVEL: configFields.LOG_LEVEL,
} as const;
