import type { CronItem } from "@chapterhouse/domain";
import type { Hint, RunnerCard, TaskDefinition, Wake } from "../ports.ts";
import { ChangeLog } from "./change-log.ts";
import { LaneBoard } from "./lane-board.ts";
import { TaskLog } from "./task-log.ts";
import { TaskStore } from "./task-store.ts";

export interface MemoryQueueOptions {
  readonly now?: () => number;
  readonly random?: () => number;
}

export interface CardRow {
  readonly card: RunnerCard;
  readonly startedAt: number;
  readonly seenAt: number;
  readonly aliveUntil: number;
}

/** All that the four ports of one memory queue share. Nothing in it waits, so each call is a transaction by itself. */
export class QueueState {
  readonly changes = new ChangeLog();
  readonly store = new TaskStore(this.changes);
  readonly lanes = new LaneBoard();
  readonly log = new TaskLog();
  /** The next turn of each group. */
  readonly groups = new Map<string, number>();
  readonly runners = new Map<string, CardRow>();
  readonly definitions = new Map<string, TaskDefinition>();
  readonly cron = new Map<string, CronItem>();
  readonly subscribers = new Set<Wake>();
  readonly now: () => number;
  readonly random: () => number;

  constructor({ now = Date.now, random = Math.random }: MemoryQueueOptions) {
    this.now = now;
    this.random = random;
  }

  /** A kind without a definition is active. */
  isActive(kind: string): boolean {
    const definition = this.definitions.get(kind);
    return !definition || (definition.status === "active" && definition.removedAt === null);
  }

  wake(hint: Hint, tasks?: number): void {
    for (const wake of this.subscribers) queueMicrotask(() => wake(hint, tasks));
  }
}
