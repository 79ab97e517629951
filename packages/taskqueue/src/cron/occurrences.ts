import type { CronSpec } from "@chapterhouse/domain";
import { Cron } from "croner";
import { cronInvalid, Mistake } from "./mistake.ts";
import { readSchedule, type Schedule } from "./schedule.ts";

/** What a time is worked out from. */
export type Timed = Pick<CronSpec, "schedule" | "timeZone">;

/** As many different schedules are kept ready: making one costs more than asking it. */
const MOST_KEPT = 500;
const kept = new Map<string, Cron>();

/**
 * The schedule in the terms of croner, which knows time zones and calendars. Each field stands as `*` or as a list, so
 * that steps and the "or" of the two day fields are ours. An hour field of `*` makes it a schedule that goes on with
 * the clock, any other one of fixed local times: croner tells them apart by `*` in minute and hour.
 */
const toPattern = ({ minutes, hours, daysOfMonth, months, daysOfWeek }: Schedule): string => {
  const field = (values: readonly number[], all: number) => (values.length === all ? "*" : values.join(","));
  return [minutes.join(","), field(hours, 24), field(daysOfMonth, 31), field(months, 12), field(daysOfWeek, 7)].join(
    " ",
  );
};

/** Throws a `Mistake`. An offset such as +01:00 is refused: it knows no summer time, and a place was meant most likely. */
export const checkTimeZone = (name: string): void => {
  try {
    if (/^[A-Za-z]/.test(name)) return void new Intl.DateTimeFormat("en", { timeZone: name });
  } catch {
    // Falls through: a place that nobody knows is as wrong as no place.
  }
  throw new Mistake(`${name} is no time zone (such as Europe/Berlin)`);
};

/** Throws a `Mistake` for a text that is no schedule, a zone that is none, and a schedule that never comes (31 February). */
export const readTimes = ({ schedule, timeZone }: Timed): Cron => {
  const name = `${timeZone} ${schedule}`;
  const known = kept.get(name);
  if (known) return known;
  const pattern = toPattern(readSchedule(schedule));
  checkTimeZone(timeZone);
  const cron = new Cron(pattern, { timezone: timeZone, mode: "5-part", fixedTimeRule: "no-wildcard", paused: true });
  if (cron.nextRun(new Date(0)) === null) throw new Mistake(`${schedule} never comes: no month has such a day`);
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(name, cron);
  return cron;
};

const timesOf = (spec: Timed): Cron => {
  try {
    return readTimes(spec);
  } catch (error) {
    if (error instanceof Mistake) throw cronInvalid([{ line: 1, column: error.offset + 1, message: error.message }]);
    throw error;
  }
};

/**
 * The first time strictly after `after`; both in ms since the epoch. Throws `CRON_INVALID`.
 *
 * A schedule whose hour is `*` goes on with the clock: every hour that passes counts, the repeated one of autumn too.
 * Any other is one of local times, each once a day: a time that spring leaves out comes at the first moment after the
 * gap (several of them together once), a time that autumn repeats comes at its first occurrence alone.
 */
export const nextOccurrence = (spec: Timed, after: number): number => {
  const next = timesOf(spec).nextRun(new Date(after));
  if (next) return next.getTime();
  throw cronInvalid([{ line: 1, column: 1, message: `${spec.schedule} does not come again` }]);
};

/** The next `n` times after `after`. Throws `CRON_INVALID`. */
export const upcoming = (spec: Timed, after: number, n: number): number[] =>
  timesOf(spec)
    .nextRuns(n, new Date(after))
    .map((time) => time.getTime());

/** The last `most` times from `from` to `upTo`, both included, ascending. Throws `CRON_INVALID`. */
export const lastOccurrences = (
  spec: Timed,
  { from, upTo, most }: { readonly from: number; readonly upTo: number; readonly most: number },
): number[] => {
  const times: number[] = [];
  let before = new Date(upTo + 1);
  while (times.length < most) {
    const [time] = timesOf(spec).previousRuns(1, before);
    if (time === undefined || time.getTime() < from) break;
    times.unshift(time.getTime());
    before = time;
  }
  return times;
};
