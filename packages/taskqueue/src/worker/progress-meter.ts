import type { Progress, ProgressReport } from "@chapterhouse/domain";
import { LONGEST_WAIT_MS } from "./outcome.ts";

/** A rate is measured over at least this long, so that a burst of calls is not taken for a pace. */
const LEAST_MS = 1000;
/** What was measured this long ago counts a third of what is measured now. */
const MEMORY_MS = 15_000;

export interface MeterClocks {
  /** Monotonic, in ms. */
  readonly ticks: () => number;
  /** The queue's clock, in ms since the epoch. */
  readonly queueNow: () => number;
}

interface Point {
  readonly at: number;
  readonly done: number;
  readonly unit: string;
}

/** Works out how fast a handler is from what it says of how far it is; each attempt begins anew. */
export class ProgressMeter {
  readonly #clocks: MeterClocks;
  #from: Point | null = null;
  #rate: number | null = null;

  constructor(clocks: MeterClocks) {
    this.#clocks = clocks;
  }

  /** As the schema has it, whatever a handler counted: what it refuses could not be shown, nor the list it is in. */
  measure(report: ProgressReport): Progress {
    const done = counted(report.done) ?? 0;
    const total = counted(report.total);
    const unit = report.unit.slice(0, 32);
    this.#advance({ at: this.#clocks.ticks(), done, unit });
    const rate = report.rate === undefined ? this.#rate : counted(report.rate);
    const eta = report.eta === undefined ? this.#eta(done, total, rate) : shownTime(report.eta);
    return { done, total, unit, message: (report.message ?? "").slice(0, 500), rate, eta };
  }

  #advance(point: Point): void {
    // Another unit, or less than before: it counts something else now.
    if (!this.#from || point.unit !== this.#from.unit || point.done < this.#from.done) {
      this.#from = point;
      this.#rate = null;
      return;
    }
    const ms = point.at - this.#from.at;
    if (ms < LEAST_MS) return;
    const latest = ((point.done - this.#from.done) * 1000) / ms;
    const weight = this.#rate === null ? 1 : 1 - Math.exp(-ms / MEMORY_MS);
    this.#rate = (this.#rate ?? 0) * (1 - weight) + latest * weight;
    this.#from = point;
  }

  #eta(done: number, total: number | null, rate: number | null): string | null {
    if (total === null || !rate) return null;
    const ms = (Math.max(0, total - done) * 1000) / rate;
    return ms > LONGEST_WAIT_MS ? null : new Date(this.#clocks.queueNow() + ms).toISOString();
  }
}

const shownTime = (time: string | null): string | null =>
  time === null || Number.isNaN(Date.parse(time)) ? null : new Date(time).toISOString();

const counted = (n: number | null): number | null => (Number.isFinite(n) ? Math.max(0, Number(n)) : null);
