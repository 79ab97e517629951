import { once } from "node:events";
import { ChapterhouseError, SERVICE_ACCOUNTS, readConfig } from "@chapterhouse/domain";
import { createPocketBaseLibrary } from "@chapterhouse/library";
import { connect } from "@chapterhouse/pocketbase";
import { createPocketBaseQueue, createProducer } from "@chapterhouse/taskqueue";
import pino from "pino";
import manifest from "../package.json" with { type: "json" };
import { buildApp } from "./app.ts";
import { createPocketBasePeople } from "./auth/pocketbase-people.ts";
import { backendConfig, readSecret } from "./config.ts";
import { startReaper } from "./reaper.ts";
import { createResolve } from "./resolve-host.ts";

/** Answers that are still on their way when we are told to stop get this long. */
const GRACE_MS = 1000;

const run = async (): Promise<void> => {
  // oxlint-disable-next-line no-process-env -- the one place that reads the environment
  const config = readConfig(backendConfig, process.env);
  const password = readSecret(config.POCKETBASE_PASSWORD, config.POCKETBASE_PASSWORD_FILE);
  if (password === null) {
    throw new ChapterhouseError("CONFIG_INVALID", "POCKETBASE_PASSWORD or POCKETBASE_PASSWORD_FILE must be set");
  }
  const told = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  const log = pino({ level: config.LOG_LEVEL, base: { process: "backend" } }, pino.destination(2));
  // Nothing is sent yet: while PocketBase is away, /ready says so and every call tries again.
  const credentials = { email: SERVICE_ACCOUNTS.backend, password };
  const connection = connect({ url: config.POCKETBASE_URL, credentials });
  const queue = createPocketBaseQueue(connection);
  const app = buildApp({
    config: {
      apiKey: readSecret(config.CHAPTERHOUSE_API_KEY, config.CHAPTERHOUSE_API_KEY_FILE),
      scrapeAllow: config.SCRAPE_ALLOW,
      defaultVoice: config.DEFAULT_VOICE,
      trustedProxies: config.TRUSTED_PROXIES,
      webDir: config.WEB_DIR,
      version: manifest.version,
    },
    producer: createProducer(queue, { minGapMs: config.SCRAPE_MIN_GAP_MS }),
    queue,
    library: createPocketBaseLibrary(connection),
    people: createPocketBasePeople(config.POCKETBASE_URL),
    resolve: createResolve(),
    now: Date.now,
    log,
  });
  const address = await app.listen({ host: config.CHAPTERHOUSE_HOST, port: config.CHAPTERHOUSE_PORT });
  const stopReaper = startReaper(queue, log);
  process.stdout.write(`ready ${address}\n`);

  await told;
  stopReaper();
  setTimeout(() => app.server.closeAllConnections(), GRACE_MS).unref();
  await app.close();
  await connection.close();
};

try {
  await run();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
