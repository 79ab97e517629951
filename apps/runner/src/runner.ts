import { lookup } from "node:dns/promises";
import { hostname } from "node:os";
import type { TaskKind, TargetRules } from "@chapterhouse/domain";
import type { readConfig } from "@chapterhouse/domain";
import { createPocketBaseLibrary } from "@chapterhouse/library";
import type { Connection } from "@chapterhouse/pocketbase";
import { createPocketBaseQueue, startWorker, type TaskHandlers, type TaskLogger } from "@chapterhouse/taskqueue";
import manifest from "../package.json" with { type: "json" };
import type { runnerConfig } from "./config.ts";
import { HttpClient } from "./http/client.ts";
import { Browser } from "./pages/browser.ts";
import { findChromium } from "./pages/find-chromium.ts";
import { Pages } from "./pages/pages.ts";
import { PoliteClient } from "./politeness/polite-client.ts";
import { createReaderFor } from "./reader/reader-for.ts";
import { createBookHandler, createBookRangeHandler } from "./scrape/book-handler.ts";
import { createCatalogueHandler } from "./scrape/catalogue-handler.ts";
import { createChapterHandler } from "./scrape/chapter-handler.ts";
import { loadSources } from "./sources/sources.ts";
import { createNarrateHandler } from "./speech/narrate-handler.ts";
import { createSpeechStation } from "./speech/station.ts";

export type RunnerConfig = ReturnType<typeof readConfig<typeof runnerConfig>>;

export interface RunnerParts {
  readonly connection: Connection;
  readonly log: TaskLogger;
  /** A PATH to look for Chromium in. */
  readonly searchPath: string;
}

export interface Runner {
  readonly id: string;
  /** Ids of the sources it reads sites by. */
  readonly sources: readonly string[];
  /** Gives back what it holds; takes at most four seconds. Leaves the connection open. */
  stop(): Promise<void>;
}

const GRACE_MS = 1500;

/** Who asks, honestly: `Chapterhouse/1.0.0 (self-hosted web-novel reader; +contact)`. */
export const userAgentOf = (version: string, contact: string | undefined): string =>
  `Chapterhouse/${version} (self-hosted web-novel reader${contact ? `; +${contact}` : ""})`;

const resolve: TargetRules["resolve"] = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/** A runner that claims and does tasks from now on. Throws `CONFIG_INVALID` for a source file that is none. */
export const startRunner = async (config: RunnerConfig, parts: RunnerParts): Promise<Runner> => {
  const { connection, log, searchPath } = parts;
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
  const worker = startWorker({
    queue: createPocketBaseQueue(connection),
    handlers: only(config.RUNNER_KINDS, {
      "scrape.catalogue": createCatalogueHandler(scraping),
      "scrape.book": createBookHandler(scraping),
      "scrape.book_range": createBookRangeHandler(scraping),
      "scrape.chapter": createChapterHandler(scraping),
      "narrate.chapter": createNarrateHandler({ library, station, log }),
    }),
    card: { host: hostname(), pid: process.pid, version: manifest.version },
    concurrency: config.RUNNER_CONCURRENCY,
    log,
  });
  return {
    id: worker.runnerId,
    sources: sources.map(({ id }) => id),
    stop: async () => {
      await worker.stop({ graceMs: GRACE_MS });
      await Promise.all([browser.close(), station.close(), http.close()]);
    },
  };
};

const only = (kinds: readonly TaskKind[], handlers: TaskHandlers): TaskHandlers =>
  Object.fromEntries(Object.entries(handlers).filter(([kind]) => (kinds as readonly string[]).includes(kind)));
