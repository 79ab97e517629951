import type { Task } from "@chapterhouse/domain";
import type { TaskQueue } from "@chapterhouse/taskqueue";
import type { Journal } from "./journal.ts";
import type { Publish } from "./kinds.ts";

export interface LateWrites {
  /** What it believes to hold. */
  readonly claimed: ReadonlyMap<string, Task>;
  readonly queue: TaskQueue;
  readonly publish: Publish;
  readonly journal: Journal;
  readonly leaseMs: number;
}

const LOOK_MS = 100;

/**
 * A zombie at its worst: whoever finds that it slept for longer than its lease writes to everything that it held, at
 * once, before its worker comes to its senses. None of it may be accepted, unless nobody took the task back yet.
 */
export const tryLateWrites = ({ claimed, queue, publish, journal, leaseMs }: LateWrites): void => {
  let seenAt = performance.now();
  const writeTo = async (task: Task): Promise<void> => {
    const fence = { taskId: task.id, lease: task.lease };
    const note = { task: task.id, lease: task.lease, late: true } as const;
    const chapter = (task.payload as { chapter?: string }).chapter ?? "";
    if (chapter !== "") {
      journal.write({ type: "trying", task: task.id, lease: task.lease });
      await publish(chapter, fence).catch(() => {});
    }
    const children = [{ kind: "chaos.work", payload: { ms: 0 } }];
    await queue.add(children, fence).then(
      (added) => journal.write({ type: "children", ...note, ids: added.map(({ task }) => task.id), accepted: true }),
      () => journal.write({ type: "children", ...note, ids: [], accepted: false }),
    );
    const [settled] = await queue.settle([{ ...fence, outcome: { type: "done", result: { late: true } } }]);
    journal.write({ type: "settled", ...note, outcome: "done", status: settled?.status ?? null });
  };
  setInterval(() => {
    const now = performance.now();
    const sleptMs = now - seenAt - LOOK_MS;
    seenAt = now;
    if (sleptMs < leaseMs) return;
    for (const task of claimed.values()) void writeTo(task).catch(() => {});
  }, LOOK_MS).unref();
};
