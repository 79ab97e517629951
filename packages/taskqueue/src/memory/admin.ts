import { ChapterhouseError, type LogLine, type Page } from "@chapterhouse/domain";
import type { ActionAnswer, Admin, Pruned, Retention, TaskAction, TaskSelection, Why } from "../ports.ts";
import { actOn } from "./act-on.ts";
import { cancelTrees } from "./cancel-tree.ts";
import { pruneTasks } from "./prune-tasks.ts";
import { shown } from "./queue.ts";
import type { QueueState } from "./queue-state.ts";
import type { StoredRow } from "./task-store.ts";
import { releaseRow } from "./take-back.ts";
import { whyNot } from "./why-not.ts";

const MOST_SHOWN = 100;

export class MemoryAdmin implements Admin {
  readonly #state: QueueState;

  constructor(state: QueueState) {
    this.#state = state;
  }

  async act(
    action: TaskAction,
    on: TaskSelection,
    { preview = false }: { readonly preview?: boolean } = {},
  ): Promise<ActionAnswer> {
    const { matched, changed } = actOn(this.#state, action, on, preview);
    this.#wake();
    return { matched, changed: changed.length, tasks: changed.slice(0, MOST_SHOWN).map(shown) };
  }

  async why(taskId: string): Promise<Why | null> {
    return whyNot(this.#state, taskId);
  }

  async readLog(
    taskId: string,
    query: { readonly limit: number; readonly cursor?: string; readonly failures?: boolean },
  ): Promise<Page<LogLine>> {
    return this.#state.log.read(taskId, query);
  }

  async releaseRunner(
    runner: string,
    { force = false }: { readonly force?: boolean } = {},
  ): Promise<{ readonly released: number }> {
    const now = this.#state.now();
    const { runners, store } = this.#state;
    const held = [...store.held].filter((row) => row.runner === runner);
    const card = runners.get(runner);
    const details = { runner };
    if (!card && held.length === 0) throw new ChapterhouseError("RUNNER_NOT_FOUND", "No such runner", { details });
    if (!force && card && card.aliveUntil > now) {
      throw new ChapterhouseError("RUNNER_ALIVE", "The runner is alive", { details });
    }
    for (const row of held) releaseRow(this.#state, row, now);
    this.#wake();
    return { released: held.length };
  }

  async prune(retention: Retention): Promise<Pruned> {
    return pruneTasks(this.#state, retention);
  }

  async pauseLane(name: string, reason: string): Promise<void> {
    this.#state.lanes.pause(name, reason);
  }

  async resumeLane(name: string): Promise<void> {
    this.#state.lanes.resume(name);
    this.#wake();
  }

  async drainLane(name: string): Promise<number> {
    this.#state.lanes.known(name);
    const waits = ({ status, lane }: StoredRow) => lane === name && (status === "pending" || status === "paused");
    const changed = cancelTrees(this.#state, [...this.#state.store.rows.values()].filter(waits));
    this.#wake();
    return changed.size;
  }

  #wake(): void {
    this.#state.wake("work");
    this.#state.wake("cancel");
  }
}
