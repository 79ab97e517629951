import type { ChangeFeed, ChangesAnswer, TaskChange } from "../ports.ts";
import { shownReport } from "../task-row.ts";
import type { QueueState } from "./queue-state.ts";

export class MemoryFeed implements ChangeFeed {
  readonly #state: QueueState;

  constructor(state: QueueState) {
    this.#state = state;
  }

  async read(after: number | null, limit: number): Promise<ChangesAnswer> {
    const { changes: log, store } = this.#state;
    if (after === null || !log.reaches(after)) {
      return { changes: [], last: log.last, isGap: after !== null, more: false };
    }
    const entries = log.after(after, limit);
    const last = after + entries.length;
    const changes = entries.flatMap(({ at, row, status, isNew, isReport }, index): TaskChange[] => {
      const isSilent = isReport && (row.status !== "running" || row.progress === null);
      if (isSilent || !store.rows.has(row.id)) return [];
      const progress = isReport && row.progress ? structuredClone(shownReport(row.progress)) : null;
      const { id, kind, parent } = row;
      return [{ seq: after + index + 1, index: 0, at, id, kind, parent: parent || null, status, isNew, progress }];
    });
    return { changes, last, isGap: false, more: last < log.last };
  }

  async subscribe(wake: () => void): Promise<() => Promise<void>> {
    const { followers } = this.#state.changes;
    followers.add(wake);
    return async () => {
      followers.delete(wake);
    };
  }
}
