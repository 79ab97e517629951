import type { Schedule } from "../../../src/cron/schedule.ts";

const MINUTE_MS = 60_000;
const LEAD_MS = 4 * 3_600_000;

const clocks = new Map<string, Intl.DateTimeFormat>();
const shown = new Map<string, number>();

/** The local time of a moment, written as if it were UTC. Asking the calendar is slow: answers are kept. */
const localTime = (zone: string, at: number): number => {
  const name = `${zone} ${at}`;
  const local = shown.get(name) ?? askCalendar(zone, at);
  shown.set(name, local);
  return local;
};

const askCalendar = (zone: string, at: number): number => {
  const options = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" } as const;
  const clock = clocks.get(zone) ?? new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", ...options });
  clocks.set(zone, clock);
  const parts = new Map(clock.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? Number.NaN;
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"));
};

const matches = (schedule: Schedule, local: number): boolean => {
  const time = new Date(local);
  const isDate = schedule.daysOfMonth.includes(time.getUTCDate());
  const isWeekday = schedule.daysOfWeek.includes(time.getUTCDay());
  const areBothSaid = schedule.daysOfMonth.length < 31 && schedule.daysOfWeek.length < 7;
  return (
    schedule.minutes.includes(time.getUTCMinutes()) &&
    schedule.hours.includes(time.getUTCHours()) &&
    schedule.months.includes(time.getUTCMonth() + 1) &&
    (areBothSaid ? isDate || isWeekday : isDate && isWeekday)
  );
};

/**
 * The times of (after, upTo] the long way: every minute that passes, looked up on the wall. What docs/cron.md promises,
 * in the plainest words: with every hour said, each minute is judged by what the wall shows; else each time that the wall
 * has come to for the first time, shown or leapt over, counts at that moment.
 */
export const walkMinutes = (schedule: Schedule, zone: string, after: number, upTo: number): number[] => {
  const found: number[] = [];
  const isEveryHour = schedule.hours.length === 24;
  let latest = localTime(zone, after - LEAD_MS);
  for (let at = after - LEAD_MS + MINUTE_MS; at <= upTo; at += MINUTE_MS) {
    const local = localTime(zone, at);
    const first = isEveryHour ? local : latest + MINUTE_MS;
    let isHit = false;
    for (let time = first; time <= local; time += MINUTE_MS) isHit ||= matches(schedule, time);
    latest = Math.max(latest, local);
    if (isHit && at > after) found.push(at);
  }
  return found;
};
