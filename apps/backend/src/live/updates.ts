import { isTerminal, type LiveEvent, type Task } from "@chapterhouse/domain";
import type { TaskChange, TaskQueue } from "@chapterhouse/taskqueue";
import type { Overalls } from "../overall.ts";
import { comparePositions } from "./position.ts";

/** At most ten a second a task. */
const TICK_MS = 100;
const RETRY_MS = 1000;
/** Parents that are read in a tick; the others' turn comes with the next ones. */
const MOST_READ = 50;
const MOST_REMEMBERED = 1000;

export interface UpdatesOptions {
  readonly queue: Pick<TaskQueue, "find">;
  readonly overalls: Pick<Overalls, "of">;
  readonly publish: (events: readonly LiveEvent[], reports: readonly TaskChange[]) => void;
  /** ms since some moment; never goes back. */
  readonly ticks: () => number;
}

/** What moves often: counts of children, progress, roll-ups. Of each task only the newest is told, and not all the time. */
export class Updates {
  readonly #options: UpdatesOptions;
  /** By id: when what moved was committed. In the order in which they are read. */
  readonly #moved = new Map<string, number>();
  readonly #reports = new Map<string, TaskChange>();
  /** Whose status was told since the present reading began: what it reads of them may be from before. */
  readonly #turned = new Set<string>();
  /** What was told last, without its time: what has not changed is not told again. */
  readonly #said = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #isBusy = false;
  #toldAt = Number.NEGATIVE_INFINITY;
  #stopped = false;

  constructor(options: UpdatesOptions) {
    this.#options = options;
  }

  /** Takes what is to be told of it later. */
  note(change: TaskChange): void {
    const { id, parent, status, progress, at } = change;
    if (progress === null) this.#turn(change);
    // Children that were just added have no change of their own: their parent's waiting says that there are some.
    if (progress === null ? status === "waiting" : parent === null) this.#move(id, at);
    else if (progress !== null) this.#reports.set(id, change);
    if (parent !== null) this.#move(parent, at);
    this.#plan();
  }

  /** Everyone is told to read anew: what was noted before is in what they read. */
  clear(): void {
    for (const noted of [this.#moved, this.#reports, this.#said]) noted.clear();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Its status is told at once: what was known of it before must not be told after that. */
  #turn(change: TaskChange): void {
    const { id, status, at } = change;
    if (this.#isBusy) this.#turned.add(id);
    const report = this.#reports.get(id);
    if (!report || comparePositions(report, change) > 0) return;
    this.#reports.delete(id);
    if (!isTerminal(status)) this.#move(id, at);
  }

  #move(id: string, at: number): void {
    this.#moved.set(id, Math.max(at, this.#moved.get(id) ?? 0));
  }

  #plan(leastMs = 0): void {
    if (this.#timer || this.#isBusy || this.#stopped || this.#moved.size + this.#reports.size === 0) return;
    const delay = Math.max(leastMs, this.#toldAt + TICK_MS - this.#options.ticks());
    this.#timer = setTimeout(() => void this.#tick(), Math.max(0, delay)).unref();
  }

  async #tick(): Promise<void> {
    this.#timer = undefined;
    this.#isBusy = true;
    this.#turned.clear();
    const moved = [...this.#moved].slice(0, MOST_READ);
    for (const [id] of moved) {
      this.#moved.delete(id);
      // What is read is at least as new.
      this.#reports.delete(id);
    }
    let waitMs = 0;
    try {
      const events = await this.#read(moved);
      const reports = [...this.#reports.values()];
      this.#reports.clear();
      if (!this.#stopped) this.#options.publish(events, reports);
    } catch {
      // The store is away; the follower says so in the log.
      for (const [id, at] of moved) this.#move(id, at);
      waitMs = RETRY_MS;
    }
    this.#toldAt = this.#options.ticks();
    this.#isBusy = false;
    this.#plan(waitMs);
  }

  async #read(moved: readonly (readonly [string, number])[]): Promise<readonly LiveEvent[]> {
    if (moved.length === 0) return [];
    const { queue, overalls } = this.#options;
    const tasks = await queue.find(moved.map(([id]) => id));
    const reading = tasks.map(
      async (task, index) => task && eventOf(task, moved[index]?.[1] ?? 0, await overalls.of(task)),
    );
    // None counts as said before all of them are read.
    const events = (await Promise.all(reading)).filter((event) => event !== null);
    return events.filter((event) => !this.#isTurned(event) && this.#isNews(event));
  }

  /** Then it is read again. */
  #isTurned({ task, item, at }: LiveEvent): boolean {
    const id = item ?? task;
    if (!this.#turned.has(id)) return false;
    this.#move(id, Date.parse(at));
    return true;
  }

  #isNews(event: LiveEvent): boolean {
    const id = event.item ?? event.task;
    const said = JSON.stringify({ ...event, at: null });
    const isNews = this.#said.get(id) !== said;
    this.#said.delete(id);
    this.#said.set(id, said);
    const [first] = this.#said.keys();
    if (this.#said.size > MOST_REMEMBERED && first !== undefined) this.#said.delete(first);
    // How far it is, is part of how far its parent is.
    if (isNews && event.item !== null) this.#move(event.task, Date.parse(event.at));
    return isNews;
  }
}

const eventOf = (task: Task, at: number, overall: LiveEvent["overall"]): LiveEvent => ({
  id: null,
  type: task.parent === null ? "task.updated" : "item.updated",
  task: task.parent ?? task.id,
  item: task.parent === null ? null : task.id,
  kind: task.kind,
  status: task.status,
  children: task.children,
  progress: task.progress,
  overall,
  at: new Date(at).toISOString(),
});
