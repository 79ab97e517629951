import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SERVICE_ACCOUNTS } from "@chapterhouse/domain";
import { locateBinary } from "./binary.ts";
import { connect } from "./connection.ts";
import type { Connection, Credentials, PocketBaseServer } from "./ports.ts";
import { readOrMakeSecret } from "./secrets.ts";
import { startPocketBase } from "./server.ts";

const ADMIN_EMAIL = "admin@chapterhouse.local";

type Role = keyof typeof SERVICE_ACCOUNTS;

/** A real PocketBase in a folder of its own, for tests and benches. Everything it opened ends with `stop`. */
export class TemporaryStore implements AsyncDisposable {
  readonly folder: string;
  readonly admin: Credentials;
  readonly passwords: Readonly<Record<Role, string>>;
  readonly backend: Connection;
  readonly runner: Connection;
  readonly superuser: Connection;
  readonly #binary: string;
  readonly #connections: Connection[] = [];
  #server: PocketBaseServer;

  private constructor(
    folder: string,
    binary: string,
    server: PocketBaseServer,
    passwords: Readonly<Record<Role | "admin", string>>,
  ) {
    this.folder = folder;
    this.#binary = binary;
    this.#server = server;
    this.passwords = passwords;
    this.admin = { email: ADMIN_EMAIL, password: passwords.admin };
    this.backend = this.connect("backend");
    this.runner = this.connect("runner");
    this.superuser = connect({ url: this.url, credentials: this.admin, collection: "_superusers" });
    this.#connections.push(this.superuser);
  }

  static async start(): Promise<TemporaryStore> {
    const folder = await mkdtemp(join(tmpdir(), "chapterhouse-store-"));
    const secret = async (name: string) => (await readOrMakeSecret(join(folder, "secrets"), name)).secret;
    const passwords = {
      backend: await secret("backend-password"),
      runner: await secret("runner-password"),
      admin: await secret("admin-password"),
    };
    const binary = await locateBinary();
    const server = await startPocketBase({ binary, ...TemporaryStore.#folders(folder) });
    return new TemporaryStore(folder, binary, server, passwords);
  }

  static #folders(folder: string) {
    return { dataDir: join(folder, "pb_data"), secretsDir: join(folder, "secrets") };
  }

  get url(): string {
    return this.#server.url;
  }

  get pid(): number {
    return this.#server.pid;
  }

  /** A further connection as one of the service accounts; closed by `stop`. */
  connect(role: Role): Connection {
    const credentials = { email: SERVICE_ACCOUNTS[role], password: this.passwords[role] };
    const connection = connect({ url: this.url, credentials, connections: 64 });
    this.#connections.push(connection);
    return connection;
  }

  /** SIGKILL, as a crash would; resolves when the process is gone. */
  async kill(): Promise<void> {
    process.kill(this.#server.pid, "SIGKILL");
    await this.#server.ended;
  }

  /** Starts it again on the same data and port. */
  async restart(): Promise<void> {
    await this.#server.stop();
    const port = Number(new URL(this.url).port);
    this.#server = await startPocketBase({ binary: this.#binary, port, ...TemporaryStore.#folders(this.folder) });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
    await this.#server.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Starts a PocketBase with this project's migrations and hooks on an empty temporary folder. */
export const startTemporaryStore = (): Promise<TemporaryStore> => TemporaryStore.start();
