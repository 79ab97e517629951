import type { Lane } from "@chapterhouse/domain";
import type { LaneLimits } from "../ports.ts";
import type { TaskRow } from "../task-row.ts";

interface LaneState {
  concurrency: number | null;
  gapMs: number;
  nextAt: number;
  paused: boolean;
  blockedUntil: number;
  reason: string;
}

const OPEN: Readonly<LaneState> = {
  concurrency: null,
  gapMs: 0,
  nextAt: 0,
  paused: false,
  blockedUntil: 0,
  reason: "",
};

const isoOrNull = (time: number, now: number): string | null => (time > now ? new Date(time).toISOString() : null);

/** The lanes' limits and clocks. How much runs in a lane is counted from the tasks, so it cannot drift. */
export class LaneBoard {
  readonly #lanes = new Map<string, LaneState>();

  get(name: string): LaneState {
    const lane = this.#lanes.get(name) ?? { ...OPEN };
    this.#lanes.set(name, lane);
    return lane;
  }

  configure(name: string, { concurrency, gapMs }: LaneLimits): void {
    Object.assign(this.get(name), { concurrency, gapMs });
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

  /** When the lane opens by itself: now or earlier when it is open, null when only someone can open it. */
  opensAt(name: string): number | null {
    const lane = this.get(name);
    return lane.paused ? null : Math.max(lane.nextAt, lane.blockedUntil);
  }

  describe(tasks: Iterable<TaskRow>, now: number): Lane[] {
    const work = new Map<string, { running: number; pending: number }>();
    for (const task of tasks) {
      const count = work.get(task.lane) ?? { running: 0, pending: 0 };
      if (task.leaseUntil > 0) count.running += 1;
      if (task.status === "pending") count.pending += 1;
      if (count.running + count.pending > 0) work.set(task.lane, count);
    }
    return [...work]
      .map(([name, { running, pending }]) => {
        const lane = this.get(name);
        const blockedUntil = isoOrNull(lane.blockedUntil, now);
        return {
          name,
          running,
          pending,
          concurrency: lane.concurrency,
          gapMs: lane.gapMs,
          paused: lane.paused,
          blockedUntil,
          reason: blockedUntil === null ? null : lane.reason,
        };
      })
      .toSorted((a, b) => b.running - a.running || b.pending - a.pending || a.name.localeCompare(b.name));
  }
}
