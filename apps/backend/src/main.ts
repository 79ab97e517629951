import { once } from "node:events";
import type { Socket } from "node:net";
import { ChapterhouseError, SERVICE_ACCOUNTS, readConfig } from "@chapterhouse/domain";
import { createPocketBaseLibrary } from "@chapterhouse/library";
import { connect } from "@chapterhouse/pocketbase";
import {
  createCompleter,
  createEnqueuer,
  createPocketBasePorts,
  loadCrontab,
  startRetention,
} from "@chapterhouse/taskqueue";
import pino from "pino";
import manifest from "../package.json" with { type: "json" };
import { buildApp } from "./app.ts";
import { createPocketBaseApiKeys } from "./auth/pocketbase-api-keys.ts";
import { createPocketBasePeople } from "./auth/pocketbase-people.ts";
import { backendConfig, readSecret } from "./config.ts";
import { retentionPolicy } from "./retention-policy.ts";
import { startReaper } from "./reaper.ts";
import { createResolve } from "./resolve-host.ts";
import { runCrontab } from "./run-crontab.ts";

/** Answers that are still on their way when we are told to stop get this long. */
const GRACE_MS = 1000;

const run = async (): Promise<void> => {
  // oxlint-disable-next-line no-process-env -- the one place that reads the environment
  const config = readConfig(backendConfig, process.env);
  const password = readSecret(config.POCKETBASE_PASSWORD, config.POCKETBASE_PASSWORD_FILE);
  if (password === null) {
    throw new ChapterhouseError("CONFIG_INVALID", "POCKETBASE_PASSWORD or POCKETBASE_PASSWORD_FILE must be set");
  }
  const cronItems = config.CRONTAB_FILE === undefined ? [] : await loadCrontab(config.CRONTAB_FILE);
  const told = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  const log = pino({ level: config.LOG_LEVEL, base: { process: "backend" } }, pino.destination(2));
  // Nothing is sent yet: while PocketBase is away, /ready says so and every call tries again.
  const credentials = { email: SERVICE_ACCOUNTS.backend, password };
  const connection = connect({ url: config.POCKETBASE_URL, credentials });
  const ports = createPocketBasePorts(connection);
  const { queue, admin, crontab } = ports;
  const app = buildApp({
    config: {
      apiKey: readSecret(config.CHAPTERHOUSE_API_KEY, config.CHAPTERHOUSE_API_KEY_FILE),
      scrapeAllow: config.SCRAPE_ALLOW,
      scrapeMinGapMs: config.SCRAPE_MIN_GAP_MS,
      defaultVoice: config.DEFAULT_VOICE,
      trustedProxies: config.TRUSTED_PROXIES,
      mostLiveClients: config.LIVE_MOST_CLIENTS,
      webDir: config.WEB_DIR,
      version: manifest.version,
    },
    ...ports,
    enqueue: createEnqueuer(ports),
    complete: createCompleter(ports),
    library: createPocketBaseLibrary(connection),
    people: createPocketBasePeople(config.POCKETBASE_URL),
    apiKeys: createPocketBaseApiKeys(connection, Date.now),
    resolve: createResolve(),
    now: Date.now,
    log,
  });
  const connections = new Set<Socket>();
  app.server.on("connection", (socket: Socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  const address = await app.listen({ host: config.CHAPTERHOUSE_HOST, port: config.CHAPTERHOUSE_PORT });
  const stopReaper = startReaper(queue, log);
  const retention = startRetention({ admin, log, policy: retentionPolicy(config) });
  const stopping = new AbortController();
  void runCrontab({ crontab, items: cronItems, log, signal: stopping.signal });
  process.stdout.write(`ready ${address}\n`);

  await told;
  stopReaper();
  stopping.abort();
  void retention.stop();
  // The server's own closing of all connections passes over those that wait to become a WebSocket.
  setTimeout(() => {
    for (const socket of connections) socket.destroy();
  }, GRACE_MS).unref();
  await app.close();
  await connection.close();
};

try {
  await run();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
