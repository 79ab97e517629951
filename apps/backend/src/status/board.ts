import { createHash } from "node:crypto";
import { type Status, TASK_STATUSES, type Task, type TaskStatus } from "@chapterhouse/domain";
import type { TaskCounts, TaskQueue } from "@chapterhouse/taskqueue";
import { subjectOf } from "./subject.ts";

/** However many poll, the store is asked this often at most. */
const FRESH_MS = 250;
const MOST_SHOWN = 50;
const AT_WORK: readonly TaskStatus[] = ["running", "cancelling", "waiting"];

export interface StatusSheet {
  /** The document as JSON text. */
  readonly body: string;
  /** Of everything but `at`: equal sheets say the same. */
  readonly etag: string;
}

const none = (): Record<TaskStatus, number> => ({
  pending: 0,
  running: 0,
  waiting: 0,
  cancelling: 0,
  paused: 0,
  done: 0,
  failed: 0,
  cancelled: 0,
});

const sum = (counts: TaskCounts): Record<TaskStatus, number> => {
  const total = none();
  for (const ofKind of Object.values(counts)) {
    for (const status of TASK_STATUSES) total[status] += ofKind[status] ?? 0;
  }
  return total;
};

const shown = (task: Task): Status["running"][number] => {
  const { id, kind, lane, status, progress, runner, startedAt } = task;
  return { id, kind, lane, status, subject: subjectOf(task), progress, runner, startedAt };
};

/** The one document that front ends poll: built once for all who ask at a time. */
export class StatusBoard {
  readonly #queue: TaskQueue;
  readonly #version: string;
  readonly #now: () => number;
  #sheet: { made: Promise<StatusSheet>; at: number } | null = null;

  constructor(queue: TaskQueue, version: string, now: () => number) {
    this.#queue = queue;
    this.#version = version;
    this.#now = now;
  }

  /** Throws `STORE_UNREACHABLE`; the next one who asks tries again. */
  async read(): Promise<StatusSheet> {
    if (this.#sheet && this.#now() - this.#sheet.at < FRESH_MS) return this.#sheet.made;
    // Its age counts from when it is done, so that a slow store is not asked again while it still works on it.
    const sheet = { made: this.#make(), at: Number.POSITIVE_INFINITY };
    this.#sheet = sheet;
    try {
      const made = await sheet.made;
      sheet.at = this.#now();
      return made;
    } catch (error) {
      this.#sheet = null;
      throw error;
    }
  }

  async #make(): Promise<StatusSheet> {
    const [counts, working, runners, lanes] = await Promise.all([
      this.#queue.counts(),
      this.#queue.list({ status: AT_WORK, limit: MOST_SHOWN }),
      this.#queue.listRunners(),
      this.#queue.listLanes(MOST_SHOWN),
    ]);
    const said: Omit<Status, "at"> = {
      version: this.#version,
      tasks: { byStatus: sum(counts), byKind: { ...counts } },
      running: working.items.map(shown),
      runners: { alive: runners.filter(({ alive }) => alive).length, items: [...runners] },
      lanes: [...lanes],
    };
    const etag = `"${createHash("sha256").update(JSON.stringify(said)).digest("base64url").slice(0, 27)}"`;
    const at = new Date(this.#now()).toISOString();
    return { body: JSON.stringify({ at, ...said }), etag };
  }
}
