import type { Resolve } from "@chapterhouse/domain";
import type { Library } from "@chapterhouse/library";
import type { Admin, Crontab, Definitions, Enqueue, Producer, TaskQueue } from "@chapterhouse/taskqueue";
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { People } from "./auth/people.ts";

export interface AppConfig {
  /** Callers' bearer key; null: only people may call. */
  readonly apiKey: string | null;
  /** `host:port` pairs that scrapes may reach though they are private. */
  readonly scrapeAllow: ReadonlySet<string>;
  readonly defaultVoice: string;
  /** Addresses, ranges or names such as `loopback`, comma-separated: whose X-Forwarded headers count. */
  readonly trustedProxies: string;
  /** Folder of the built web page; null: this backend serves none. */
  readonly webDir: string | null;
  readonly version: string;
}

/** All that the app is made of: nothing in it looks around for itself. */
export interface AppDeps {
  readonly config: AppConfig;
  readonly producer: Producer;
  readonly queue: TaskQueue;
  /** Tasks of any kind by its name. */
  readonly enqueue: Enqueue;
  readonly admin: Admin;
  readonly definitions: Definitions;
  readonly crontab: Crontab;
  readonly library: Library;
  readonly people: People;
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
