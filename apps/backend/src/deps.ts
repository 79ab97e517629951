import type { Resolve } from "@chapterhouse/domain";
import type { Library } from "@chapterhouse/library";
import type { Complete, Enqueue, QueuePorts } from "@chapterhouse/taskqueue";
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ApiKeys } from "./auth/api-keys.ts";
import type { People } from "./auth/people.ts";

export interface AppConfig {
  /** The bearer key of whoever runs this; null: there is none, but for those in `apiKeys`. */
  readonly apiKey: string | null;
  /** `host:port` pairs that scrapes may reach though they are private. */
  readonly scrapeAllow: ReadonlySet<string>;
  /** Politeness floor of sites' lanes, ms. */
  readonly scrapeMinGapMs: number;
  readonly defaultVoice: string;
  /** Addresses, ranges or names such as `loopback`, comma-separated: whose X-Forwarded headers count. */
  readonly trustedProxies: string;
  /** Streams of live events at once. */
  readonly mostLiveClients: number;
  /** Folder of the built web page; null: this backend serves none. */
  readonly webDir: string | null;
  readonly version: string;
}

/** All that the app is made of: nothing in it looks around for itself. */
export interface AppDeps extends QueuePorts {
  readonly config: AppConfig;
  /** Tasks of any kind by its name. */
  readonly enqueue: Enqueue;
  /** Such tasks as they would be added. */
  readonly complete: Complete;
  readonly library: Library;
  readonly people: People;
  readonly apiKeys: ApiKeys;
  readonly resolve: Resolve;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly log: FastifyBaseLogger;
}

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;
