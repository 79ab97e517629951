import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** 160 bits as 27 letters, digits, `-` and `_`. */
export const makeSecret = (): string => randomBytes(20).toString("base64url");

const isMissing = (error: unknown) => error instanceof Error && "code" in error && error.code === "ENOENT";

/**
 * The secret in `folder/name`; made and stored at the first call. The folder is readable by its owner alone (mode
 * 700), the file too (600).
 */
export const readOrMakeSecret = async (folder: string, name: string): Promise<{ secret: string; made: boolean }> => {
  const path = join(folder, name);
  try {
    return { secret: (await readFile(path, "utf8")).trim(), made: false };
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  const secret = makeSecret();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(path, `${secret}\n`, { mode: 0o600, flag: "wx" });
  await chmod(path, 0o600);
  return { secret, made: true };
};
