import type { Lane, Runner } from "@chapterhouse/domain";

export interface LaneRow {
  readonly name: string;
  readonly running: number;
  readonly pending: number;
  /** 0: no limit. */
  readonly concurrency: number;
  readonly gapMs: number;
  /** 0: no limit. */
  readonly rateCount: number;
  readonly rateMs: number;
  readonly paused: number;
  readonly blockedUntil: number;
  readonly reason: string;
}

export type RunnerRow = Omit<Runner, "alive" | "startedAt" | "seenAt"> & {
  readonly alive: number;
  readonly startedAt: number;
  readonly seenAt: number;
};

const iso = (time: number): string => new Date(time).toISOString();

export const toLane = (row: LaneRow, now = Date.now()): Lane => {
  const isBlocked = row.blockedUntil > now;
  return {
    name: row.name,
    running: row.running,
    pending: row.pending,
    concurrency: row.concurrency || null,
    gapMs: row.gapMs,
    rate: row.rateCount > 0 ? { count: row.rateCount, intervalMs: row.rateMs } : null,
    paused: row.paused !== 0,
    blockedUntil: isBlocked ? iso(row.blockedUntil) : null,
    reason: isBlocked || row.paused !== 0 ? row.reason || null : null,
  };
};

export const toRunner = (row: RunnerRow): Runner => ({
  ...row,
  alive: row.alive !== 0,
  startedAt: iso(row.startedAt),
  seenAt: iso(row.seenAt),
});
