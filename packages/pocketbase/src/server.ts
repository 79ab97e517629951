import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ChapterhouseError } from "@chapterhouse/domain";
import type { PocketBaseServer } from "./ports.ts";

const fromRoot = (folder: string) => fileURLToPath(new URL(`../../../${folder}`, import.meta.url));

export interface ServerOptions {
  readonly binary: string;
  /** Holds PocketBase's databases and files. */
  readonly dataDir: string;
  /** Files `backend-password`, `runner-password` and, for a first start, `admin-password`. */
  readonly secretsDir: string;
  /** Loopback port; 0 takes a free one. */
  readonly port?: number;
  readonly stopAfterMs?: number;
  /** Each line PocketBase prints. */
  readonly onLine?: (line: string) => void;
}

/** PocketBase prints `:0` instead of the port it got, so a free one is looked up first. */
const freePort = async (): Promise<number> => {
  const probe = createServer();
  await new Promise<void>((listening, failed) => {
    probe.once("error", failed).listen(0, "127.0.0.1", listening);
  });
  const address = probe.address();
  await new Promise((closed) => probe.close(closed));
  if (address === null || typeof address === "string") throw new ChapterhouseError("INTERNAL", "No free port");
  return address.port;
};

const ended = (child: ChildProcess): PocketBaseServer["ended"] =>
  new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
    child.once("error", () => resolve({ code: null, signal: null }));
  });

const stopper = (child: ChildProcess, end: PocketBaseServer["ended"], insistAfterMs: number) => async () => {
  if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
  const insist = setTimeout(() => child.kill("SIGKILL"), insistAfterMs);
  await end;
  clearTimeout(insist);
};

/** Resolves true when it serves, false when its port was taken meanwhile; rejects when it ended otherwise. */
const untilServing = (child: ChildProcess, end: PocketBaseServer["ended"], onLine: (line: string) => void) =>
  new Promise<boolean>((resolve, reject) => {
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on("line", (line) => {
        onLine(line);
        if (said.length < 40) said.push(line);
        if (line.includes("Server started at")) resolve(true);
      });
    }
    void end.then(({ code, signal }) => {
      const output = said.join("\n");
      if (output.includes("address already in use")) return resolve(false);
      const how = signal ?? `code ${code}`;
      return reject(
        new ChapterhouseError("STORE_UNREACHABLE", `PocketBase did not start (${how}): ${output.slice(-2000)}`),
      );
    });
  });

const FREE_PORT_TRIES = 5;

/**
 * Starts PocketBase on loopback with this project's migrations and hooks, and resolves when it serves. It runs in a
 * process group of its own, so that a Ctrl-C meant for us does not end it before those who still write to it.
 * Throws `STORE_UNREACHABLE` with its last words.
 */
export const startPocketBase = async (options: ServerOptions): Promise<PocketBaseServer> => {
  for (let tries = 1; ; tries += 1) {
    const port = options.port || (await freePort());
    const child = spawn(
      options.binary,
      [
        "serve",
        `--http=127.0.0.1:${port}`,
        `--dir=${options.dataDir}`,
        `--migrationsDir=${fromRoot("pb_migrations")}`,
        `--hooksDir=${fromRoot("pb_hooks")}`,
        `--publicDir=${fromRoot("pb_hooks/nothing-public")}`,
        "--dev=false",
        "--hooksWatch=false",
        "--automigrate=false",
        "--hooksPool=32",
      ],
      {
        stdio: ["ignore", "pipe", "pipe"],
        detached: process.platform !== "win32",
        // Handed on whole; nothing is read from it here.
        env: { ...process.env, CHAPTERHOUSE_SECRETS: options.secretsDir },
      },
    );
    const end = ended(child);
    const serving = await untilServing(child, end, options.onLine ?? (() => {}));
    if (serving) {
      const stop = stopper(child, end, options.stopAfterMs ?? 3000);
      return { url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, ended: end, stop };
    }
    if (options.port || tries === FREE_PORT_TRIES) {
      throw new ChapterhouseError("STORE_UNREACHABLE", `Port ${port} is in use`, { details: { port } });
    }
  }
};
