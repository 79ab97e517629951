import type { LogLine, Page } from "@chapterhouse/domain";
import type { NewLogLine } from "../ports.ts";
import type { TaskRow } from "../task-row.ts";

export const MOST_LOG_LINES = 500;
const LONGEST_MESSAGE = 2000;
const LONGEST_STACK = 16_000;

/** How an attempt failed; `message` and `stack` are for people. */
export interface AttemptFailure {
  readonly code: string;
  readonly message: string;
  readonly stack?: string | undefined;
}

/** What handlers logged and how attempts failed, the oldest dropped beyond 500 lines a task. */
export class TaskLog {
  readonly #lines = new Map<string, { place: number; line: LogLine }[]>();
  #places = 0;

  write(row: TaskRow, lines: readonly NewLogLine[]): void {
    for (const { at, level, message } of lines) {
      this.#push(row, { at: new Date(at).toISOString(), level, message, code: null, stack: null });
    }
  }

  fail(row: TaskRow, { code, message, stack }: AttemptFailure, now: number): void {
    const at = new Date(now).toISOString();
    this.#push(row, { at, level: "error", message, code, stack: stack?.slice(0, LONGEST_STACK) ?? null });
  }

  remove(taskId: string): void {
    this.#lines.delete(taskId);
  }

  read(taskId: string, query: { limit: number; cursor?: string; failures?: boolean }): Page<LogLine> {
    const before = query.cursor === undefined ? Infinity : Number(query.cursor);
    const found = (this.#lines.get(taskId) ?? [])
      .filter(({ place, line }) => place < before && (!query.failures || line.code !== null))
      .toReversed();
    const page = found.slice(0, query.limit);
    const nextCursor = found.length > query.limit ? `${page.at(-1)?.place}` : null;
    return { items: page.map(({ line }) => line), nextCursor };
  }

  #push(row: TaskRow, line: Omit<LogLine, "attempt" | "lease" | "runner">): void {
    this.#places += 1;
    const { attempts: attempt, lease } = row;
    const lines = this.#lines.get(row.id) ?? [];
    lines.push({
      place: this.#places,
      line: { ...line, message: line.message.slice(0, LONGEST_MESSAGE), attempt, lease, runner: row.runner || null },
    });
    this.#lines.set(row.id, lines.slice(-MOST_LOG_LINES));
  }
}
