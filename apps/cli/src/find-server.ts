import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ServerAddress } from "./client.ts";

interface Settings {
  readonly CHAPTERHOUSE_DATA: string;
  readonly CHAPTERHOUSE_URL?: string | undefined;
  readonly CHAPTERHOUSE_API_KEY?: string | undefined;
  readonly CHAPTERHOUSE_HOST: string;
  readonly CHAPTERHOUSE_PORT: number;
}

const readIfThere = async (path: string): Promise<string | null> => {
  try {
    return (await readFile(path, "utf8")).trim() || null;
  } catch {
    return null;
  }
};

/**
 * Where the commands find their server and the key to it: named by the environment, else what `up` left in the data
 * folder (`url`, `api-key`). A missing key is no error here: the server says what it wants.
 */
export const findServer = async (config: Settings): Promise<ServerAddress> => ({
  url:
    config.CHAPTERHOUSE_URL ??
    (await readIfThere(join(config.CHAPTERHOUSE_DATA, "url"))) ??
    `http://${config.CHAPTERHOUSE_HOST}:${config.CHAPTERHOUSE_PORT || 8080}`,
  apiKey: config.CHAPTERHOUSE_API_KEY ?? (await readIfThere(join(config.CHAPTERHOUSE_DATA, "api-key"))),
});
