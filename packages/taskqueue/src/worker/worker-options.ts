import type { TaskEvents } from "../events.ts";
import type { TaskLogger } from "../handler.ts";
import type { RunnerCard, TaskQueue } from "../ports.ts";
import { createHeart } from "./beater.ts";
import { monotonicMs } from "./clock.ts";
import type { StartHeart } from "./heart.ts";
import type { KindSources } from "./kind-plans.ts";

export interface WorkerOptions extends KindSources {
  readonly queue: TaskQueue;
  readonly card: Pick<RunnerCard, "host" | "pid" | "version">;
  /** Default: a new one for every start, so that a restarted process never beats for the one before. */
  readonly runnerId?: string;
  /** Handlers at once. */
  readonly concurrency: number;
  readonly log: TaskLogger;
  readonly events?: TaskEvents;
  /** Claims from these lanes alone; default: all. */
  readonly lanes?: readonly string[];
  /** Leaves tasks with any of these flags to others. A function is asked before each claim. */
  readonly forbiddenFlags?: readonly string[] | (() => readonly string[] | Promise<readonly string[]>);
  /** Keeps the leases; default `createHeart`, which needs this thread to be free now and then. */
  readonly heartbeats?: StartHeart;
  /** How long a claim holds without a heartbeat; default 20,000 ms. At least three times `heartbeatMs`. */
  readonly leaseMs?: number;
  /** Default 5000 ms. */
  readonly heartbeatMs?: number;
  /** How often an idle worker looks for work that no hint told it of; default 1000 ms. */
  readonly pollMs?: number;
  /** How often it takes back what other runners left behind; default 5000 ms. */
  readonly reapMs?: number;
  /** The most it claims ahead of free slots, of what its handlers clear in 200 ms; default 500, 0 for none. */
  readonly prefetch?: number;
  /** What was claimed ahead and is not started by then is given back; default 2000 ms. */
  readonly prefetchTtlMs?: number;
  /** How long an outcome may wait for others while handlers are at work; default 2 ms. */
  readonly settleDelayMs?: number;
  /** How long a handler that was told to stop keeps its slot; default 5000 ms. */
  readonly abortGraceMs?: number;
  /** Wall clock, to compare with the queue's times; default `Date.now`. */
  readonly now?: () => number;
  /** Clock of leases and durations; default `monotonicMs`. */
  readonly ticks?: () => number;
  readonly random?: () => number;
}

type Defaulted =
  | "leaseMs"
  | "heartbeatMs"
  | "pollMs"
  | "reapMs"
  | "prefetch"
  | "prefetchTtlMs"
  | "settleDelayMs"
  | "abortGraceMs"
  | "forbiddenFlags"
  | "heartbeats"
  | "now"
  | "ticks"
  | "random";

export const WORKER_DEFAULTS: Required<Pick<WorkerOptions, Defaulted>> = {
  leaseMs: 20_000,
  heartbeatMs: 5000,
  pollMs: 1000,
  reapMs: 5000,
  prefetch: 500,
  prefetchTtlMs: 2000,
  settleDelayMs: 2,
  abortGraceMs: 5000,
  forbiddenFlags: [],
  heartbeats: createHeart,
  now: Date.now,
  ticks: monotonicMs,
  random: Math.random,
};

/** With what was not said. */
export type FullWorkerOptions = WorkerOptions & typeof WORKER_DEFAULTS;
