import { readFile } from "node:fs/promises";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { ChapterhouseError, readConfig, SERVICE_ACCOUNTS } from "@chapterhouse/domain";
import { connect, type Connection } from "@chapterhouse/pocketbase";
import pino, { type Logger } from "pino";
import { runnerConfig } from "./config.ts";
import { startRunner } from "./runner.ts";

// The runner as a process. What it is made of stands in runner.ts, what it does with a task in scrape/ and speech/.

/** `up` and containers give a process five seconds. */
const LAST_MS = 4800;
const RETRY_MS = 1000;

const readPassword = async (password: string | undefined, file: string | undefined): Promise<string> => {
  const found = password ?? (file === undefined ? "" : (await readFile(file, "utf8")).trim());
  if (found) return found;
  throw new ChapterhouseError("CONFIG_INVALID", "POCKETBASE_PASSWORD or POCKETBASE_PASSWORD_FILE must be set");
};

/** Resolves when PocketBase has let us in; until then it is asked again, for as long as nobody stops us. */
const signedIn = async (connection: Connection, log: Logger, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    try {
      await connection.call("GET", "/api/health", undefined, signal);
      return;
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, "waiting for PocketBase");
    }
    await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
  }
};

const run = async (): Promise<void> => {
  // oxlint-disable-next-line no-process-env -- the one place that reads the environment
  const env = process.env;
  const config = readConfig(runnerConfig, env);
  const password = await readPassword(config.POCKETBASE_PASSWORD, config.POCKETBASE_PASSWORD_FILE);
  const log = pino({ level: config.LOG_LEVEL, base: { process: "runner", pid: process.pid } }, pino.destination(2));
  const stopping = new AbortController();
  const told = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]).then(() => stopping.abort());
  process.on("unhandledRejection", (reason) =>
    log.error({ err: reason }, "a promise was rejected and nobody listened"),
  );
  process.on("uncaughtException", (error) => {
    // What state this left behind nobody knows: leases run out, and whoever started this process starts it again.
    log.fatal({ err: error }, "uncaught: the runner ends");
    process.exit(1);
  });

  const credentials = { email: SERVICE_ACCOUNTS.runner, password };
  const connection = connect({ url: config.POCKETBASE_URL, credentials });
  await signedIn(connection, log, stopping.signal);
  const runner = stopping.signal.aborted
    ? null
    : await startRunner(config, { connection, credentials, log, searchPath: env["PATH"] ?? "" });
  if (runner) {
    process.stdout.write(`ready runner ${runner.id}\n`);
    log.info({ runner: runner.id, sources: runner.sources }, "runner ready");
  }
  await Promise.race([told, runner?.ended ?? told]);
  if (!stopping.signal.aborted) process.exitCode = 1;
  setTimeout(() => {
    log.error("did not end in time");
    process.exit(1);
  }, LAST_MS).unref();
  await runner?.stop();
  await connection.close();
};

try {
  await run();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
