import type { TaskStatus } from "@chapterhouse/domain";
import type { Fence, Report, Settlement } from "../ports.ts";

type LogItem = readonly [taskId: string, lease: number, at: number, level: string, message: string];

/** The log lines of many reports, as pb_hooks/taskqueue/task-log.js reads them; undefined for none. */
export const logItems = (reports: readonly (Fence & Report)[]): LogItem[] | undefined => {
  const items: LogItem[] = [];
  for (const { taskId, lease, log } of reports) {
    for (const { at, level, message } of log ?? []) items.push([taskId, lease, at, level, message.slice(0, 2000)]);
  }
  return items.length > 0 ? items : undefined;
};

/** Done, without a result and without news: its fence says all of it. */
const isPlain = ({ outcome, progress, checkpoint }: Settlement): boolean =>
  outcome.type === "done" && outcome.result === undefined && progress === undefined && checkpoint === undefined;

const item = ({ taskId, lease, outcome, progress, checkpoint }: Settlement, delays: () => readonly number[]) => {
  const common = { taskId, lease, progress, checkpoint };
  if (outcome.type === "later") return { ...common, ...outcome, runAt: Math.round(outcome.runAt) };
  if (outcome.type !== "fail") return { ...common, ...outcome };
  const { retryDelaysMs = [], ...failure } = outcome;
  const own = retryDelaysMs.map((delay) => Math.max(0, Math.round(delay)));
  return { ...common, ...failure, delays: own.length > 0 ? own : delays() };
};

/** What the settle route takes. `delays` makes those of a failure that brings none. */
export const settleBody = (settlements: readonly Settlement[], delays: () => readonly number[]) => ({
  done: settlements.filter(isPlain).map(({ taskId, lease }) => `${lease}.${taskId}`),
  items: settlements.filter((settlement) => !isPlain(settlement)).map((settlement) => item(settlement, delays)),
  log: logItems(settlements),
});

export interface SettleAnswer {
  readonly settled: Readonly<Partial<Record<TaskStatus, readonly string[]>>>;
  /** Tasks whose last child ended, those settled with `wait` among them; `pending` where their handler is to run again. */
  readonly resolved: readonly { readonly id: string; readonly status: TaskStatus }[];
}

export const settledStatuses = ({ settled, resolved }: SettleAnswer): ReadonlyMap<string, TaskStatus> => {
  const statuses = new Map<string, TaskStatus>();
  for (const [status, ids] of Object.entries(settled)) for (const id of ids) statuses.set(id, status as TaskStatus);
  // A parent that was not settled here, though a late settlement may name it, is none of the answer's.
  for (const { id, status } of resolved) if (statuses.has(id)) statuses.set(id, status);
  return statuses;
};
