import type { LogLine, Page } from "@chapterhouse/domain";
import type { Connection } from "@chapterhouse/pocketbase";
import { explainWait, type WaitFacts } from "../explain-wait.ts";
import type { ActionAnswer, Admin, Pruned, Retention, TaskAction, TaskSelection, Why } from "../ports.ts";
import { type TaskRow, toTask } from "../task-row.ts";

interface LogRow extends Omit<LogLine, "at"> {
  readonly at: number;
}

/** As pb_hooks/taskqueue/why.js answers it. */
interface FactsRow extends Omit<WaitFacts, "task" | "behind" | "lane"> {
  readonly task: TaskRow;
  readonly behind: number;
  readonly lane: {
    readonly paused: number;
    readonly blockedUntil: number;
    readonly reason: string;
    readonly nextAt: number;
    readonly rateCount: number;
    readonly rateMs: number;
    readonly rateOpensAt: number;
    readonly concurrency: number;
    readonly running: number;
  };
}

const toLogLine = (row: LogRow): LogLine => ({
  ...row,
  at: new Date(row.at).toISOString(),
  runner: row.runner || null,
  code: row.code || null,
  stack: row.stack || null,
});

const toFacts = ({ task, behind, lane, ...rest }: FactsRow): WaitFacts => ({
  ...rest,
  task: toTask(task),
  behind: behind === 1,
  lane: {
    ...lane,
    name: task.lane,
    paused: lane.paused !== 0,
    concurrency: lane.concurrency || null,
    rate: lane.rateCount > 0 ? { count: lane.rateCount, intervalMs: lane.rateMs } : null,
  },
});

class PocketBaseAdmin implements Admin {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async act(
    action: TaskAction,
    on: TaskSelection,
    { preview = false }: { readonly preview?: boolean } = {},
  ): Promise<ActionAnswer> {
    const answer = await this.#call<Omit<ActionAnswer, "tasks"> & { readonly tasks: readonly TaskRow[] }>("act", {
      action,
      ...on,
      preview,
    });
    return { ...answer, tasks: answer.tasks.map(toTask) };
  }

  async why(taskId: string): Promise<Why | null> {
    const { now, facts } = await this.#call<{ now: number; facts: FactsRow | null }>("why", { taskId });
    return facts && explainWait(toFacts(facts), now);
  }

  async readLog(
    taskId: string,
    query: { readonly limit: number; readonly cursor?: string; readonly failures?: boolean },
  ): Promise<Page<LogLine>> {
    const answer = await this.#call<{ lines: LogRow[]; nextCursor: string | null }>("log-list", { taskId, ...query });
    return { items: answer.lines.map(toLogLine), nextCursor: answer.nextCursor };
  }

  releaseRunner(runner: string, { force = false }: { readonly force?: boolean } = {}): Promise<{ released: number }> {
    return this.#call("runner-release", { runner, force });
  }

  prune(retention: Retention): Promise<Pruned> {
    return this.#call("prune", retention);
  }

  async pauseLane(name: string, reason: string): Promise<void> {
    await this.#call("lane-pause", { name, reason: reason.slice(0, 500) || "paused" });
  }

  async resumeLane(name: string): Promise<void> {
    await this.#call("lane-resume", { name });
  }

  async drainLane(name: string): Promise<number> {
    let cancelled = 0;
    let answer;
    do {
      answer = await this.#call<{ cancelled: number; more: boolean }>("lane-drain", { name });
      cancelled += answer.cancelled;
    } while (answer.more && answer.cancelled > 0);
    return cancelled;
  }

  #call<T>(name: string, body: unknown): Promise<T> {
    return this.#connection.call<T>("POST", `/api/taskqueue/${name}`, body);
  }
}

/** What an operator may do, through the hook routes of pb_hooks/taskqueue. For the backend's account alone. */
export const createPocketBaseAdmin = (connection: Connection): Admin => new PocketBaseAdmin(connection);
