import type { Person, QueuedTask, Task, TaskStatus } from "@chapterhouse/domain";
import { count, figure } from "./count.ts";
import { partsCount, STATUS_WORDS, taskProgress } from "./task-words.ts";
import { span } from "./time.ts";

/** The states that people see: done although some of its parts failed, and at what comes after all its parts, are own ones. */
export type ShownState = TaskStatus | "done_with_errors" | "finishing";

export const shownState = ({
  status,
  error,
  continuation,
}: Pick<Task, "status" | "error" | "continuation">): ShownState => {
  if (status === "done" && error?.code === "CHILDREN_FAILED") return "done_with_errors";
  return continuation && (status === "pending" || status === "running") ? "finishing" : status;
};

export const stateWords = (state: ShownState): string => {
  if (state === "done_with_errors") return "Done with errors";
  return state === "finishing" ? "Finishing" : STATUS_WORDS[state];
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** `about 4 minutes left`, for a moment that is guessed; `now` and the moment in ms since the epoch. */
export const leftWords = (eta: number, now: number): string => {
  const left = eta - now;
  if (left < MINUTE) return "less than a minute left";
  if (left < 90 * MINUTE) return `about ${count(Math.round(left / MINUTE), "minute")} left`;
  if (left < 36 * HOUR) return `about ${count(Math.round(left / HOUR), "hour")} left`;
  return `about ${count(Math.round(left / (24 * HOUR)), "day")} left`;
};

/** `12 a second`, `40 a minute`, `3 an hour`: the unit that gives at least one. */
export const rateWords = (perSecond: number): string => {
  if (perSecond >= 1) return `${figure(Math.round(perSecond * 10) / 10)} a second`;
  if (perSecond * 60 >= 1) return `${figure(Math.round(perSecond * 60))} a minute`;
  return `${figure(Math.round(perSecond * 3600))} an hour`;
};

/** Whole percents, and 100 only when nothing is left. */
export const percentWords = (fraction: number): string =>
  `${fraction < 1 ? Math.min(99, Math.floor(fraction * 100)) : 100} %`;

type Counted = Pick<QueuedTask, "kind" | "status" | "children" | "progress" | "overall">;

export interface JobProgress {
  readonly fraction: number | null;
  /** `1,204 of 3,000 chapters`; null while nothing is counted. */
  readonly counts: string | null;
  readonly failed: string | null;
  readonly rate: string | null;
  readonly left: string | null;
}

/** How far a job is, in words. Of one that has ended only what became of it. */
export const jobProgress = (job: Counted, now: number): JobProgress => {
  const own = taskProgress(job);
  const { children, overall, status } = job;
  const fraction = overall.fraction ?? own?.fraction ?? null;
  const live = status === "running" || status === "waiting";
  const rate = live && overall.rate !== null && overall.rate * 3600 >= 1 ? rateWords(overall.rate) : null;
  const left = live && overall.eta !== null ? leftWords(Date.parse(overall.eta), now) : null;
  if (children.total > 0) {
    const counts = `${figure(children.done)} of ${partsCount(job.kind, children.total)}`;
    return { fraction, counts, failed: failedWords(children), rate, left };
  }
  return { fraction, counts: own?.label ?? null, failed: null, rate, left };
};

const failedWords = ({ failed, cancelled }: Task["children"]): string | null => {
  const parts = [
    ...(failed > 0 ? [`${figure(failed)} failed`] : []),
    ...(cancelled > 0 ? [`${figure(cancelled)} cancelled`] : []),
  ];
  return parts.length === 0 ? null : parts.join(", ");
};

const clockTime = (iso: string): string => new Date(iso).toLocaleTimeString("en-GB");

type Cancelled = Pick<Task, "status" | "cancelRequestedAt" | "finishedAt">;

/** Both times of a cancellation: when it was asked for, and when it took effect. Null where none was asked for. */
export const cancelWords = ({ status, cancelRequestedAt, finishedAt }: Cancelled, now: number): string | null => {
  if (cancelRequestedAt === null) return null;
  const asked = Date.parse(cancelRequestedAt);
  if (status === "cancelling") return `Cancelling… asked ${span(Math.max(0, now - asked))} ago`;
  if (status !== "cancelled" || finishedAt === null) return null;
  const took = span(Math.max(0, Date.parse(finishedAt) - asked));
  return `Asked to stop at ${clockTime(cancelRequestedAt)}, stopped at ${clockTime(finishedAt)}, after ${took}`;
};

/** Who asked for it: `by you`, `by the key nightly`, `by the schedule`. Null: nobody in particular. */
export const createdByWords = (createdBy: string | null, me: Person | null): string | null => {
  if (createdBy === null) return null;
  const [what, who] = [createdBy.slice(0, createdBy.indexOf(":")), createdBy.slice(createdBy.indexOf(":") + 1)];
  if (what === "key") return `by the key ${who}`;
  if (what === "cron") return who.startsWith("follow:") ? "because it is followed" : `by the schedule ${who}`;
  return who === me?.id ? "by you" : "by somebody else";
};
