import { lookup } from "node:dns/promises";
import { hostname } from "node:os";
import type { readConfig, TargetRules } from "@chapterhouse/domain";
import { createPocketBaseLibrary } from "@chapterhouse/library";
import type { Connection, Credentials } from "@chapterhouse/pocketbase";
import {
  builtInDefinitions,
  countEvents,
  createPocketBasePorts,
  createThreadedHeart,
  type KindPolicy,
  type PoolOptions,
  runTaskList,
  TaskEvents,
  type TaskList,
  type TaskLogger,
} from "@chapterhouse/taskqueue";
import manifest from "../package.json" with { type: "json" };
import type { runnerConfig } from "./config.ts";
import { HttpClient } from "./http/client.ts";
import { Browser } from "./pages/browser.ts";
import { findChromium } from "./pages/find-chromium.ts";
import { Pages } from "./pages/pages.ts";
import { PoliteClient } from "./politeness/polite-client.ts";
import { createReaderFor } from "./reader/reader-for.ts";
import { BookProcessor } from "./scrape/book-processor.ts";
import { CatalogueProcessor } from "./scrape/catalogue-processor.ts";
import { ChapterProcessor } from "./scrape/chapter-processor.ts";
import { loadSources } from "./sources/sources.ts";
import { NarrateProcessor } from "./speech/narrate-processor.ts";
import { createSpeechStation } from "./speech/station.ts";

export type RunnerConfig = ReturnType<typeof readConfig<typeof runnerConfig>>;

export interface RunnerParts {
  readonly connection: Connection;
  /** Of the connection's account: heartbeats have a connection of their own. */
  readonly credentials: Credentials;
  readonly log: TaskLogger;
  /** A PATH to look for Chromium in. */
  readonly searchPath: string;
  /** How leases are kept, where not as the worker does by itself: for tests. */
  readonly pace?: Pick<PoolOptions, "leaseMs" | "heartbeatMs" | "reapMs">;
}

export interface Runner {
  readonly id: string;
  /** Ids of the sources it reads sites by. */
  readonly sources: readonly string[];
  /** Resolves when it claims no more: it was stopped, or has a defect. */
  readonly ended: Promise<void>;
  /** Gives back what it holds; takes at most four seconds. Leaves the connection open. */
  stop(): Promise<void>;
}

const GRACE_MS = 1500;
const METRICS_MS = 60_000;
const MINUTE_MS = 60_000;

/** A page that hangs or a text that never ends must not hold a slot for ever; far beyond what the longest book takes. */
const SCRAPE: KindPolicy = { timeLimitMs: 15 * MINUTE_MS };
const POLICIES = {
  "scrape.catalogue": SCRAPE,
  "scrape.book": SCRAPE,
  "scrape.book_range": SCRAPE,
  "scrape.chapter": SCRAPE,
  "narrate.chapter": { timeLimitMs: 120 * MINUTE_MS },
} as const;

/** Who asks, honestly: `Chapterhouse/1.0.0 (self-hosted web-novel reader; +contact)`. */
export const userAgentOf = (version: string, contact: string | undefined): string =>
  `Chapterhouse/${version} (self-hosted web-novel reader${contact ? `; +${contact}` : ""})`;

const resolve: TargetRules["resolve"] = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/** Resolves when the store has the runner's card, or has not answered: whoever is told of the runner finds it there. */
const firstBeat = (events: TaskEvents): Promise<void> =>
  new Promise((resolve) => {
    const heard = () => {
      events.off("heartbeat:success", heard);
      events.off("heartbeat:error", heard);
      resolve();
    };
    events.on("heartbeat:success", heard);
    events.on("heartbeat:error", heard);
  });

/** A runner that claims and does tasks from now on. Throws `CONFIG_INVALID` for a source file that is none. */
export const startRunner = async (config: RunnerConfig, parts: RunnerParts): Promise<Runner> => {
  const { connection, credentials, log, searchPath, pace } = parts;
  const now = Date.now;
  const rules = { allow: config.SCRAPE_ALLOW, resolve };
  const userAgent = userAgentOf(manifest.version, config.SCRAPE_CONTACT);
  const sources = await loadSources(config.SCRAPE_SOURCES);
  const http = new HttpClient({ userAgent, rules });
  const browser = new Browser({ find: () => findChromium(config.CHROMIUM_PATH, searchPath), rules, userAgent, now });
  const client = new PoliteClient({ http, minGapMs: config.SCRAPE_MIN_GAP_MS, now });
  const library = createPocketBaseLibrary(connection);
  const station = createSpeechStation({ edgeUrl: config.EDGE_TTS_URL, log });
  const scraping = { library, pages: new Pages({ client, browser, now }), readerFor: createReaderFor(sources) };
  const { queue, definitions, crontab } = createPocketBasePorts(connection);
  const handlers: TaskList = {
    "scrape.catalogue": new CatalogueProcessor(scraping).handler,
    "scrape.book": new BookProcessor("scrape.book", scraping).handler,
    "scrape.book_range": new BookProcessor("scrape.book_range", scraping).handler,
    "scrape.chapter": new ChapterProcessor(scraping).handler,
    "narrate.chapter": new NarrateProcessor({ library, station }).handler,
  };
  const events = new TaskEvents(log);
  const pool = runTaskList({
    queue,
    definitions,
    builtIn: builtInDefinitions(),
    crontab,
    handlers,
    kinds: config.RUNNER_KINDS,
    policies: POLICIES,
    forbiddenFlags: config.RUNNER_FORBIDDEN_FLAGS,
    heartbeats: createThreadedHeart({ url: connection.url, credentials }),
    card: { host: hostname(), pid: process.pid, version: manifest.version },
    concurrency: config.RUNNER_CONCURRENCY,
    ...pace,
    graceMs: GRACE_MS,
    // main.ts has its own, which stops the rest as well.
    handleSignals: false,
    logger: log,
    events,
  });
  await firstBeat(events);
  const counter = countEvents(events);
  const metrics = setInterval(() => log.debug(counter.take(), "task metrics"), METRICS_MS);
  return {
    id: pool.runnerId,
    sources: sources.map(({ id }) => id),
    ended: pool.wait(),
    stop: async () => {
      clearInterval(metrics);
      await pool.release("the process stops");
      await Promise.all([browser.close(), station.close(), http.close()]);
    },
  };
};
