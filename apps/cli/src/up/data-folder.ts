import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { ChapterhouseError } from "@chapterhouse/domain";
import { readOrMakeSecret } from "@chapterhouse/pocketbase";

/** What `up` keeps in its data folder. The folder and every secret in it are its owner's alone. */
export const dataFolder = (path: string) => {
  const root = resolve(path);
  return {
    root,
    pocketbase: join(root, "pb_data"),
    secrets: join(root, "secrets"),
    apiKey: join(root, "api-key"),
    /** Where a running `up` can be reached, for the other commands. */
    url: join(root, "url"),
    /** The processes of a running `up`, and where its PocketBase listens: runners of one's own need that. */
    lock: join(root, "up.json"),
  };
};
export type DataFolder = ReturnType<typeof dataFolder>;

interface Lock {
  readonly pid: number;
  readonly pocketbasePid: number | null;
  /** null until it listens, and when it is none of ours */
  readonly pocketbaseUrl: string | null;
}

const run = promisify(execFile);

const commandOf = async (pid: number): Promise<string> => {
  try {
    return (await run("ps", ["-o", "command=", "-p", String(pid)])).stdout.trim();
  } catch {
    return "";
  }
};

const readLock = async (path: string): Promise<Lock | null> => {
  try {
    const lock: unknown = JSON.parse(await readFile(path, "utf8"));
    return typeof lock === "object" && lock !== null && "pid" in lock ? (lock as Lock) : null;
  } catch {
    return null;
  }
};

/**
 * Takes the folder for this process. Throws `CONFIG_INVALID` when another `up` is at work in it. A PocketBase that an
 * `up` left behind when it was killed is ended first: two of them must never share a database.
 */
export const takeFolder = async (folder: DataFolder): Promise<void> => {
  await mkdir(folder.root, { recursive: true, mode: 0o700 });
  const lock = await readLock(folder.lock);
  if (lock && lock.pid !== process.pid && /\bup\b/.test(await commandOf(lock.pid))) {
    throw new ChapterhouseError("CONFIG_INVALID", `Chapterhouse already runs on ${folder.root} (process ${lock.pid})`);
  }
  if (lock?.pocketbasePid && (await commandOf(lock.pocketbasePid)).includes(folder.pocketbase)) {
    process.kill(lock.pocketbasePid, "SIGTERM");
    while (await commandOf(lock.pocketbasePid)) await new Promise((tick) => setTimeout(tick, 20));
  }
  await noteProcesses(folder, null);
};

export const noteProcesses = (
  folder: DataFolder,
  pocketbase: { readonly pid: number; readonly url: string } | null,
): Promise<void> => {
  const lock = {
    pid: process.pid,
    pocketbasePid: pocketbase?.pid ?? null,
    pocketbaseUrl: pocketbase?.url ?? null,
  } satisfies Lock;
  return writeFile(folder.lock, JSON.stringify(lock));
};

export const leaveFolder = async (folder: DataFolder): Promise<void> => {
  await rm(folder.lock, { force: true });
  await rm(folder.url, { force: true });
};

/**
 * Makes the secrets that are not there yet. `ownsStore`: whether PocketBase is ours too; then `adminPassword` is the
 * first admin's until it was shown once: a first start that died before that shows it at the next.
 */
export const prepareSecrets = async (
  folder: DataFolder,
  ownsStore: boolean,
): Promise<{ adminPassword: string | null }> => {
  await readOrMakeSecret(folder.secrets, "backend-password");
  await readOrMakeSecret(folder.secrets, "runner-password");
  await readOrMakeSecret(folder.root, "api-key");
  const first = !existsSync(join(folder.pocketbase, "data.db"));
  const isDue = ownsStore && (first || existsSync(join(folder.secrets, "admin-password")));
  return { adminPassword: isDue ? (await readOrMakeSecret(folder.secrets, "admin-password")).secret : null };
};

/** Once it was shown, only its hash stays, in PocketBase. */
export const forgetAdminPassword = (folder: DataFolder): Promise<void> =>
  rm(join(folder.secrets, "admin-password"), { force: true });
