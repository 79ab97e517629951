import type { CronItem, CronSpec } from "@chapterhouse/domain";
import type { CronFiring, NewTask } from "../ports.ts";
import { lastOccurrences, nextOccurrence } from "./occurrences.ts";

/** A time that passed less than this ago is due; an older one was missed, and is the catch-up's business. */
export const ON_TIME_MS = 60_000;

/** The task that an item adds for the time `at`. `_cron` stands in its payload as Graphile Worker has it. */
export const cronTask = (spec: CronSpec, at: number, backfilled: boolean): NewTask => ({
  kind: spec.kind,
  payload: { ...spec.payload, _cron: { ts: new Date(at).toISOString(), backfilled } },
  priority: spec.priority,
  createdBy: `cron:${spec.identifier}`,
  ...(spec.lane !== null && { lane: spec.lane }),
  ...(spec.maxAttempts !== null && { maxAttempts: spec.maxAttempts }),
  ...(spec.key !== null && { key: spec.key, keyMode: spec.keyMode }),
});

/** `none` is the latest time too, when it is due still. At most one time of five fields lies within `ON_TIME_MS`. */
const dueTimes = ({ catchUp, fillMs, ...spec }: CronSpec, nextAt: number, now: number): number[] => {
  const onTime = now - ON_TIME_MS + 1;
  const oldest = catchUp.mode === "none" ? onTime : Math.min(onTime, now - (fillMs ?? now));
  const most = catchUp.mode === "all" ? catchUp.max : 1;
  return lastOccurrences(spec, { from: Math.max(nextAt, oldest), upTo: now, most });
};

/**
 * What a due item does at `now` (the queue's clock, ms): tasks for its due times in their order, none when all of them
 * are to stay missed, and its next time after `now`. Its tasks are due at once and not at the time they are for: what
 * was missed yesterday must not overtake what waits since this morning.
 */
export const planFiring = (item: CronItem & { readonly nextAt: string }, now: number): CronFiring => {
  const expected = Date.parse(item.nextAt);
  const times = dueTimes(item, expected, now);
  return {
    identifier: item.identifier,
    expected,
    next: nextOccurrence(item, now),
    at: times.at(-1) ?? expected,
    tasks: times.map((at) => cronTask(item, at, now - at >= ON_TIME_MS)),
  };
};
