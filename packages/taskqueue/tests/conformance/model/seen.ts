import type { Task } from "@chapterhouse/domain";

/** Notes what becomes of the tasks of one history. */
export interface SeenHistory {
  look(tasks: readonly Task[]): void;
}

/** What happened in a run's histories, so that it can be told that they come by what is hard. */
export class Seen {
  readonly #counts = new Map<string, number>();

  history(): SeenHistory {
    this.#note("histories");
    const before = new Map<string, Task>();
    return {
      look: (tasks) => {
        for (const task of tasks) {
          for (const what of happened(task, before.get(task.id))) this.#note(what);
          before.set(task.id, task);
        }
      },
    };
  }

  /** How often, by name; in order of the names. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].toSorted(([a], [b]) => a.localeCompare(b)));
  }

  #note(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }
}

const happened = (task: Task, before: Task | undefined): string[] => {
  const changes: string[] = [];
  const from = before?.status ?? "new";
  const isParent = task.children.total > 0;
  if (from !== task.status && isParent) changes.push(`parents: ${from} -> ${task.status}`);
  if (before && before.crashes < task.crashes) changes.push(`crashes${task.continuation ? " of continuations" : ""}`);
  if (task.continuation && from !== task.status) changes.push(`continuations: ${from} -> ${task.status}`);
  if (task.status === "done" && from !== "done" && task.error) changes.push("parents done with errors");
  return changes;
};
