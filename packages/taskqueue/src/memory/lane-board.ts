import { ChapterhouseError, type Lane } from "@chapterhouse/domain";
import type { LaneLimits, LaneRate } from "../ports.ts";
import type { TaskRow } from "../task-row.ts";

interface LaneState {
  concurrency: number | null;
  gapMs: number;
  nextAt: number;
  rate: LaneRate | null;
  /** When the token bucket is full again: the theoretical arrival time of GCRA. */
  rateFullAt: number;
  paused: boolean;
  blockedUntil: number;
  reason: string;
}

const openLaneState = (): LaneState => ({
  concurrency: null,
  gapMs: 0,
  nextAt: 0,
  rate: null,
  rateFullAt: 0,
  paused: false,
  blockedUntil: 0,
  reason: "",
});

const isoOrNull = (time: number, now: number): string | null => (time > now ? new Date(time).toISOString() : null);

/** How many the bucket lets through at `now`. The small part makes up for dividing by a third and multiplying by it. */
const rateRoom = ({ rate, rateFullAt }: LaneState, now: number): number => {
  if (!rate) return Infinity;
  const missing = Math.max(rateFullAt, now) - now;
  return Math.floor(((rate.intervalMs - missing) * rate.count) / rate.intervalMs + 1e-6);
};

/** The lanes' limits and clocks. How much runs in a lane is counted from the tasks, so it cannot drift. */
export class LaneBoard {
  readonly #lanes = new Map<string, LaneState>();
  #virtualTime = 0;

  /** The greatest turn that was claimed from any lane. */
  get virtualTime(): number {
    return this.#virtualTime;
  }

  /** Makes the lane when there is none. */
  get(name: string): LaneState {
    const lane = this.#lanes.get(name) ?? openLaneState();
    this.#lanes.set(name, lane);
    return lane;
  }

  /** Throws `LANE_NOT_FOUND`. */
  known(name: string): LaneState {
    const lane = this.#lanes.get(name);
    if (lane) return lane;
    throw new ChapterhouseError("LANE_NOT_FOUND", `There is no lane ${name}`, { details: { name } });
  }

  configure(name: string, { concurrency, gapMs, rate = null }: LaneLimits): void {
    const lane = this.get(name);
    // A new rate begins with a full bucket.
    if (lane.rate?.count !== rate?.count || lane.rate?.intervalMs !== rate?.intervalMs) lane.rateFullAt = 0;
    Object.assign(lane, { concurrency, gapMs, rate });
  }

  reserve(name: string, gapMs: number, now: number): number {
    const lane = this.get(name);
    const at = Math.max(lane.nextAt, now);
    lane.nextAt = at + Math.max(gapMs, lane.gapMs);
    return at;
  }

  block(name: string, until: number, reason: string): void {
    const lane = this.get(name);
    if (until > lane.blockedUntil) Object.assign(lane, { blockedUntil: until, reason });
  }

  pause(name: string, reason: string): void {
    Object.assign(this.known(name), { paused: true, reason });
  }

  resume(name: string): void {
    Object.assign(this.known(name), { paused: false, blockedUntil: 0, reason: "" });
  }

  /** When the lane opens by itself: now or earlier when it is open, null when only someone can open it. */
  opensAt(name: string): number | null {
    const lane = this.get(name);
    return lane.paused ? null : Math.max(lane.nextAt, lane.blockedUntil, this.refilledAt(name));
  }

  /** When its rate lets the next task through; 0 without a rate. */
  refilledAt(name: string): number {
    const { rate, rateFullAt } = this.get(name);
    return rate ? Math.ceil(rateFullAt - rate.intervalMs + rate.intervalMs / rate.count) : 0;
  }

  /** How many more the lane takes at `now`, when `running` run in it. */
  room(name: string, running: number, now: number): number {
    const lane = this.get(name);
    if (lane.paused || lane.nextAt > now || lane.blockedUntil > now) return 0;
    return Math.min(lane.concurrency === null ? Infinity : lane.concurrency - running, rateRoom(lane, now));
  }

  /** Whether a runner may keep tasks of it in stock. */
  isUnlimited(name: string): boolean {
    const { concurrency, gapMs, rate } = this.get(name);
    return concurrency === null && gapMs === 0 && rate === null;
  }

  /** One task whose turn it was is claimed. */
  took(name: string, turn: number, now: number): void {
    const lane = this.get(name);
    if (lane.rate) lane.rateFullAt = Math.max(lane.rateFullAt, now) + lane.rate.intervalMs / lane.rate.count;
    this.#virtualTime = Math.max(this.#virtualTime, turn);
  }

  /** Lanes with work, busiest first; `name` alone with or without work. */
  describe(tasks: Iterable<TaskRow>, now: number, name?: string): Lane[] {
    const work = new Map<string, { running: number; pending: number }>();
    if (name !== undefined && this.#lanes.has(name)) work.set(name, { running: 0, pending: 0 });
    for (const task of tasks) {
      if (name !== undefined && task.lane !== name) continue;
      const count = work.get(task.lane) ?? { running: 0, pending: 0 };
      if (task.leaseUntil > 0) count.running += 1;
      if (task.status === "pending") count.pending += 1;
      if (count.running + count.pending > 0) work.set(task.lane, count);
    }
    return [...work]
      .map(([lane, count]) => this.#describeOne(lane, count, now))
      .toSorted((a, b) => b.running - a.running || b.pending - a.pending || a.name.localeCompare(b.name));
  }

  #describeOne(name: string, count: { running: number; pending: number }, now: number): Lane {
    const { concurrency, gapMs, rate, paused, blockedUntil, reason } = this.get(name);
    const blocked = isoOrNull(blockedUntil, now);
    const why = paused || blocked !== null ? reason : null;
    return { name, ...count, concurrency, gapMs, rate, paused, blockedUntil: blocked, reason: why };
  }
}
