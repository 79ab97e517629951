import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { SERVICE_ACCOUNTS } from "@chapterhouse/domain";
import { connect, locateBinary, readOrMakeSecret, startPocketBase } from "@chapterhouse/pocketbase";
import { createPocketBasePorts, type QueuePorts } from "../../src/index.ts";

const MIGRATIONS = fileURLToPath(new URL("../../../../pb_migrations", import.meta.url));

/** A store whose database an earlier version made, and that this one has started on. */
export interface OldStore {
  readonly folder: string;
  readonly backend: QueuePorts;
  readonly runner: QueuePorts;
  readonly stop: () => Promise<void>;
}

const migrateUpTo = async (folder: string, binary: string, first: string): Promise<void> => {
  const old = join(folder, "old-migrations");
  await mkdir(old);
  for (const file of await readdir(MIGRATIONS)) if (file < first) await cp(join(MIGRATIONS, file), join(old, file));
  const secrets = join(folder, "secrets");
  for (const name of ["backend-password", "runner-password", "admin-password"]) await readOrMakeSecret(secrets, name);
  const flags = [`--dir=${join(folder, "pb_data")}`, `--migrationsDir=${old}`, "--automigrate=false"];
  // oxlint-disable-next-line node/no-process-env -- handed on whole; nothing is read from it here
  const env = { ...process.env, CHAPTERHOUSE_SECRETS: secrets };
  await promisify(execFile)(binary, ["migrate", "up", ...flags], { env });
};

/** `first` is the first migration that the earlier version did not have; `fill` puts into its database what it held. */
export const startOldStore = async (first: string, fill: (file: string) => void): Promise<OldStore> => {
  const folder = await mkdtemp(join(tmpdir(), "chapterhouse-migrated-"));
  const binary = await locateBinary();
  await migrateUpTo(folder, binary, first);
  fill(join(folder, "pb_data", "data.db"));
  const secretsDir = join(folder, "secrets");
  const server = await startPocketBase({ binary, dataDir: join(folder, "pb_data"), secretsDir });
  const ends: (() => Promise<unknown>)[] = [() => server.stop()];
  const open = async (role: keyof typeof SERVICE_ACCOUNTS): Promise<QueuePorts> => {
    const { secret: password } = await readOrMakeSecret(secretsDir, `${role}-password`);
    const connection = connect({ url: server.url, credentials: { email: SERVICE_ACCOUNTS[role], password } });
    ends.push(() => connection.close());
    return createPocketBasePorts(connection);
  };
  const stop = async (): Promise<void> => {
    for (const end of ends.toReversed()) await end();
    await rm(folder, { recursive: true, force: true });
  };
  return { folder, backend: await open("backend"), runner: await open("runner"), stop };
};
