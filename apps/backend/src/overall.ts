import type { Overall, Task } from "@chapterhouse/domain";
import { isTerminal } from "@chapterhouse/domain";
import type { TaskQueue } from "@chapterhouse/taskqueue";

/** However many ask, the store is asked for the roll-up this often at most. */
const FRESH_MS = 500;
/** A pace is of the last 10 to 20 s, once it was looked at for 2 s; a look older than a minute says nothing any more. */
const LEAST_MS = 2000;
const WINDOW_MS = 10_000;
const STALE_MS = 60_000;
const MOST_WATCHED = 2000;

/** How far a task was when somebody looked. */
interface Look {
  /** ms since the epoch. */
  readonly at: number;
  readonly ended: number;
  readonly fraction: number;
}

type RollUp = ReadonlyMap<string, number>;

const endedOf = ({ children }: Task): number => children.done + children.failed + children.cancelled;

const shareOf = (done: number, total: number | null): number | null => {
  if (total === null) return null;
  return total === 0 ? 1 : Math.min(1, done / total);
};

const fractionOf = (task: Task, rollUp: RollUp): number | null => {
  const { children, progress, status } = task;
  if (status === "done") return 1;
  if (children.total > 0) {
    // A flow adds its steps as it comes to them: those that it has are not all.
    const isFlow = progress?.unit === "steps" && progress.total !== null;
    // Of one that did not come to its end, what was reached: that nothing is left to do is no success.
    const counted = isFlow || isTerminal(status) ? children.done : endedOf(task);
    const reached = shareOf(counted, isFlow ? progress.total : children.total);
    return isTerminal(status) ? reached : (rollUp.get(task.id) ?? reached);
  }
  if (progress) return shareOf(progress.done, progress.total);
  return status === "pending" || status === "paused" ? 0 : null;
};

/**
 * How far tasks are with all that is below them, how fast, and when they will be over. A parent's pace is that of its
 * latest looks, else its average since it began. In this process's memory: each backend has looks of its own.
 */
export class Overalls {
  readonly #queue: Pick<TaskQueue, "rollUp">;
  readonly #now: () => number;
  readonly #looks = new Map<string, { older: Look; newer: Look }>();
  #rollUp: { read: Promise<RollUp>; at: number } | null = null;

  /** `now` in ms since the epoch. */
  constructor(queue: Pick<TaskQueue, "rollUp">, now: () => number) {
    this.#queue = queue;
    this.#now = now;
  }

  /** Throws `STORE_UNREACHABLE`. */
  async of(task: Task): Promise<Overall> {
    const needsRollUp = task.children.total > 0 && !isTerminal(task.status);
    return this.#measure(task, needsRollUp ? await this.#readRollUp() : new Map());
  }

  #measure(task: Task, rollUp: RollUp): Overall {
    const fraction = fractionOf(task, rollUp);
    if (isTerminal(task.status)) {
      this.#looks.delete(task.id);
      return { fraction, rate: null, eta: null };
    }
    const { children, progress, status } = task;
    if (children.total > 0) return { fraction, ...this.#pace(task, fraction ?? 0) };
    const isAtWork = status === "running";
    return { fraction, rate: (isAtWork && progress?.rate) || null, eta: (isAtWork && progress?.eta) || null };
  }

  /** Items a second; the end follows from the fraction, which also moves while large items are under way. */
  #pace(task: Task, fraction: number): Pick<Overall, "rate" | "eta"> {
    const now = this.#now();
    const look = { at: now, ended: endedOf(task), fraction };
    const from = this.#lookBefore(task.id, look) ?? {
      at: Date.parse(task.startedAt ?? task.createdAt),
      ended: 0,
      fraction: 0,
    };
    const seconds = (now - from.at) / 1000;
    if (seconds <= 0) return { rate: null, eta: null };
    const speed = (fraction - from.fraction) / seconds;
    const left = speed > 0 ? (1 - fraction) / speed : null;
    // A pace of years is none.
    const eta = left === null || left > 1e8 ? null : new Date(now + 1000 * left).toISOString();
    return { rate: Math.max(0, look.ended - from.ended) / seconds, eta };
  }

  /** What to measure from; null while nobody has looked long enough, or it went back since (children tried again). */
  #lookBefore(id: string, look: Look): Look | null {
    const known = this.#looks.get(id);
    this.#looks.delete(id);
    const isUseless = !known || look.at - known.newer.at > STALE_MS || look.ended < known.newer.ended;
    const looks = isUseless ? { older: look, newer: look } : known;
    if (look.at - looks.newer.at >= WINDOW_MS) this.#looks.set(id, { older: looks.newer, newer: look });
    else this.#looks.set(id, looks);
    const [first] = this.#looks.keys();
    if (this.#looks.size > MOST_WATCHED && first !== undefined) this.#looks.delete(first);
    return look.at - looks.older.at >= LEAST_MS ? looks.older : null;
  }

  #readRollUp(): Promise<RollUp> {
    if (this.#rollUp && this.#now() - this.#rollUp.at < FRESH_MS) return this.#rollUp.read;
    // Its age counts from when it is read, so that a slow store is not asked again while it still works on it.
    const made = { read: this.#queue.rollUp(), at: Number.POSITIVE_INFINITY };
    this.#rollUp = made;
    made.read.then(
      () => {
        made.at = this.#now();
      },
      () => {
        if (this.#rollUp === made) this.#rollUp = null;
      },
    );
    return made.read;
  }
}
