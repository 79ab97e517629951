import type { Report } from "../ports.ts";
import type { QueueState } from "./queue-state.ts";
import type { StoredRow } from "./task-store.ts";

const LARGEST_CHECKPOINT = 64 * 1024;

const isSmall = (checkpoint: unknown): boolean => Buffer.byteLength(JSON.stringify(checkpoint)) <= LARGEST_CHECKPOINT;

/** What rode on a heartbeat or a settlement of a task whose lease the caller holds. */
export const storeReport = (state: QueueState, row: StoredRow, report: Report, now: number): void => {
  const { progress, checkpoint, log } = structuredClone(report);
  if (progress) {
    Object.assign(row, { progress, updatedAt: now });
    state.changes.reported(row, now);
  }
  if (checkpoint !== undefined && isSmall(checkpoint)) Object.assign(row, { checkpoint, updatedAt: now });
  if (log) state.log.write(row, log);
};
