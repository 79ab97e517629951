/** How a fleet keeps its leases. */
export interface Pace {
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly reapMs: number;
}

/** The worker's own defaults: what the figure of recovery is for. */
export const DEFAULT_PACE: Pace = { leaseMs: 20_000, heartbeatMs: 5000, reapMs: 5000 };
/** Short, so that much happens in little time. */
export const QUICK_PACE: Pace = { leaseMs: 3000, heartbeatMs: 750, reapMs: 5000 };

export interface Faults {
  /** SIGKILL of a runner. */
  readonly runnerKills: number;
  /** SIGKILL of PocketBase. */
  readonly storeKills: number;
  /** SIGSTOP of a runner for longer than its lease, then SIGCONT. */
  readonly zombies: number;
  /** A connection that goes silent and is not closed, for longer than a lease. */
  readonly halfOpen: number;
  /** Nothing can be written to PocketBase's files for a while. */
  readonly diskFull: number;
  /** Someone else holds the database's write lock for a while. */
  readonly slowWriter: number;
  /** A runner's wall clock jumps by up to an hour. */
  readonly clockJumps: number;
}

export interface ChaosSettings {
  readonly seconds: number;
  readonly seed: number;
  readonly fleets: readonly { readonly pace: Pace; readonly runners: number }[];
  readonly faults: Faults;
  /** Tasks added a second, about. */
  readonly tasksPerSecond: number;
  /** One line for each thing that happens. */
  readonly say: (line: string) => void;
}

const PER_TEN_MINUTES: Faults = {
  runnerKills: 30,
  storeKills: 7,
  zombies: 8,
  halfOpen: 6,
  diskFull: 4,
  slowWriter: 5,
  clockJumps: 10,
};

/** Eight runners, half of them with the default lease. */
export const longChaos = (minutes: number, seed: number, say: (line: string) => void): ChaosSettings => ({
  seconds: minutes * 60,
  seed,
  fleets: [
    { pace: DEFAULT_PACE, runners: 4 },
    { pace: QUICK_PACE, runners: 4 },
  ],
  faults: Object.fromEntries(
    Object.entries(PER_TEN_MINUTES).map(([fault, count]) => [fault, Math.ceil((count * minutes) / 10)]),
  ) as unknown as Faults,
  tasksPerSecond: 12,
  say,
});

/** A bounded run for every `npm test`: short leases, a few of everything. */
export const shortChaos = (seconds: number, seed: number): ChaosSettings => ({
  seconds,
  seed,
  fleets: [{ pace: { leaseMs: 2000, heartbeatMs: 500, reapMs: 500 }, runners: 3 }],
  faults: { runnerKills: 4, storeKills: 1, zombies: 2, halfOpen: 1, diskFull: 1, slowWriter: 1, clockJumps: 1 },
  tasksPerSecond: 15,
  say: () => {},
});
