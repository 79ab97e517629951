import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A server of the bench's own, on loopback and in a temporary folder that goes with it. */
export interface Server {
  readonly url: string;
  /** What it is and how it is set up, in a few words. */
  readonly about: string;
  stop(): Promise<void>;
}

/** Why a server cannot be had here. */
export class Absent extends Error {}

const START_MS = 20_000;
const POSTGRES_FOLDERS = "/usr/lib/postgresql";

const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  return typeof address === "object" && address ? address.port : 0;
};

const versionOf = (program: string): string | undefined => {
  const { status, stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  return status === 0 ? (/\d+(\.\d+)+/.exec(stdout)?.[0] ?? "?") : undefined;
};

/** Waits until `isReady` answers true. Throws when the process ends before, or after 20 s. */
const ready = async (name: string, child: ChildProcess, isReady: () => boolean): Promise<void> => {
  const until = performance.now() + START_MS;
  while (!isReady()) {
    if (child.exitCode !== null || performance.now() > until) throw new Error(`${name} did not start`);
    await sleep(100);
  }
};

const end = async (child: ChildProcess, signal: NodeJS.Signals, folder: string): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }
  await rm(folder, { recursive: true, force: true });
};

/** Redis without any persistence, which is its fastest: neither snapshots nor the append-only file. */
export const startRedis = async (): Promise<Server> => {
  const version = versionOf("redis-server");
  if (!version) throw new Absent("redis-server is not installed");
  const folder = await mkdtemp(join(tmpdir(), "chapterhouse-redis-"));
  const port = await freePort();
  const args = ["--bind", "127.0.0.1", "--port", String(port), "--dir", folder, "--save", "", "--appendonly", "no"];
  const child = spawn("redis-server", args, { stdio: "ignore" });
  const stop = () => end(child, "SIGTERM", folder);
  try {
    const ping = () => spawnSync("redis-cli", ["-p", String(port), "ping"], { encoding: "utf8" }).stdout;
    await ready("redis-server", child, () => ping().startsWith("PONG"));
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `redis://127.0.0.1:${port}`, about: `Redis ${version}, nothing written to disk`, stop };
};

/** The folder of PostgreSQL's programs: Debian's newest, else "" when they are on the PATH. */
const postgresFolder = (): string => {
  const versions = existsSync(POSTGRES_FOLDERS) ? readdirSync(POSTGRES_FOLDERS) : [];
  const newest = versions.toSorted((a, b) => Number(b) - Number(a))[0];
  if (newest) return join(POSTGRES_FOLDERS, newest, "bin");
  if (versionOf("postgres")) return "";
  throw new Absent("PostgreSQL is not installed");
};

const idOf = (flag: "-u" | "-g"): number | undefined => {
  const { status, stdout } = spawnSync("id", [flag, "postgres"], { encoding: "utf8" });
  return status === 0 ? Number(stdout) : undefined;
};

/** PostgreSQL refuses to run as root: then as the user that its package makes. */
const postgresUser = (): { readonly uid?: number; readonly gid?: number } => {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = [idOf("-u"), idOf("-g")];
  if (!uid || !gid) throw new Absent("PostgreSQL does not run as root, and there is no user postgres");
  return { uid, gid };
};

/** PostgreSQL as it is configured by default: fsync and synchronous_commit are on. With the databases named. */
export const startPostgres = async (databases: readonly string[]): Promise<Server> => {
  const program = (name: string) => join(postgresFolder(), name);
  const user = postgresUser();
  const version = versionOf(program("postgres")) ?? "?";
  const folder = await mkdtemp(join(tmpdir(), "chapterhouse-postgres-"));
  if (user.uid !== undefined && user.gid !== undefined) await chown(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const init = ["-D", data, "-U", "bench", "--auth=trust", "--encoding=UTF8", "--locale=C"];
  execFileSync(program("initdb"), init, { ...user, cwd: folder, stdio: "ignore" });
  const port = await freePort();
  const at = ["-h", "127.0.0.1", "-p", String(port)];
  const child = spawn(program("postgres"), ["-D", data, "-k", folder, ...at], {
    ...user,
    cwd: folder,
    stdio: "ignore",
  });
  const stop = () => end(child, "SIGINT", folder);
  try {
    await ready("postgres", child, () => spawnSync(program("pg_isready"), at).status === 0);
    for (const name of databases) execFileSync(program("createdb"), [...at, "-U", "bench", name]);
  } catch (error) {
    await stop();
    throw error;
  }
  const url = `postgres://bench@127.0.0.1:${port}`;
  return { url, about: `PostgreSQL ${version} as configured by default, fsync on`, stop };
};
