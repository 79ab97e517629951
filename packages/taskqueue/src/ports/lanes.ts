import type { Lane } from "@chapterhouse/domain";

/** At most `count` claims are let through at once, and as many again in each further `intervalMs` (a token bucket). */
export interface LaneRate {
  readonly count: number;
  readonly intervalMs: number;
}

export interface LaneLimits {
  /** Tasks that run at once over the whole fleet; 1 is a serial lane, null no limit. */
  readonly concurrency: number | null;
  /** Least time between two slots of `reserveSlot`, in ms. */
  readonly gapMs: number;
  /** Default null: no limit. */
  readonly rate?: LaneRate | null;
}

/** taskstore's modes of a named queue. */
export const DEFAULT_LANE_CONCURRENCY = 10;
export const serialLane = (): LaneLimits => ({ concurrency: 1, gapMs: 0 });
export const concurrentLane = (concurrency = DEFAULT_LANE_CONCURRENCY): LaneLimits => ({ concurrency, gapMs: 0 });
export const openLane = (): LaneLimits => ({ concurrency: null, gapMs: 0 });

/** Politeness of a whole fleet: the lane is the one clock of all requests to a site. */
export interface Lanes {
  /** Makes the lane or changes its limits. */
  configureLane(name: string, limits: LaneLimits): Promise<void>;
  /**
   * Takes the next free slot of the lane: slots are at least `gapMs` apart over all runners. Answers when the slot is;
   * the caller waits until then before it sends its request.
   */
  reserveSlot(name: string, gapMs: number): Promise<number>;
  /** Nothing of the lane is claimed before `until`; a later `until` wins over an earlier one. */
  blockLane(name: string, until: number, reason: string): Promise<void>;
  /** Lanes with work, busiest first; with a name, that lane alone, with or without work. */
  listLanes(limit: number, name?: string): Promise<readonly Lane[]>;
}

/** What an operator does to a lane. All but `configureLane` throw `LANE_NOT_FOUND`. */
export interface LaneSwitches {
  /** Nothing of the lane is claimed until it is resumed; what runs goes on. */
  pauseLane(name: string, reason: string): Promise<void>;
  /** Lifts a pause and a block. */
  resumeLane(name: string): Promise<void>;
  /** Cancels what waits in the lane (pending and paused tasks, and their live descendants); what runs goes on. Answers how many tasks it cancelled. */
  drainLane(name: string): Promise<number>;
}
