import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lastOccurrences, nextOccurrence, upcoming } from "../../../src/cron/occurrences.ts";
import { readSchedule } from "../../../src/cron/schedule.ts";
import { walkMinutes } from "./minute-walk.ts";

const iso = (time: number): string => new Date(time).toISOString().slice(0, 16);

describe("the next times", () => {
  test.each([
    ["strictly after", "0 3 * * *", "UTC", "2026-05-01T03:00", ["2026-05-02T03:00", "2026-05-03T03:00"]],
    ["in a zone", "0 3 * * *", "Asia/Tokyo", "2026-05-01T00:00", ["2026-05-01T18:00", "2026-05-02T18:00"]],
    ["on the 29th of February", "0 0 29 2 *", "UTC", "2026-01-01T00:00", ["2028-02-29T00:00", "2032-02-29T00:00"]],
    ["on the last 31st", "0 0 31 4,5 *", "UTC", "2026-01-01T00:00", ["2026-05-31T00:00", "2027-05-31T00:00"]],
    ["on a date or a weekday", "0 0 13 * 5", "UTC", "2026-02-01T00:00", ["2026-02-06T00:00", "2026-02-13T00:00"]],
    ["on a date alone", "0 0 13 * *", "UTC", "2026-02-01T00:00", ["2026-02-13T00:00", "2026-03-13T00:00"]],
    ["31 February or Mondays", "0 0 31 2 1", "UTC", "2026-01-01T00:00", ["2026-02-02T00:00", "2026-02-09T00:00"]],
    [
      "not leapt over in spring",
      "30 2 * * *",
      "Europe/Berlin",
      "2026-03-28T02:00",
      ["2026-03-29T01:00", "2026-03-30T00:30"],
    ],
    [
      "once for all that spring leaves out",
      "*/15 2 * * *",
      "Europe/Berlin",
      "2026-03-28T12:00",
      ["2026-03-29T01:00", "2026-03-30T00:00"],
    ],
    ["once in autumn", "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30"]],
    [
      "through the repeated hour",
      "30 * * * *",
      "Europe/Berlin",
      "2026-10-25T00:00",
      ["2026-10-25T00:30", "2026-10-25T01:30"],
    ],
    [
      "through half an hour's change",
      "45 1 * * *",
      "Australia/Lord_Howe",
      "2026-04-04T12:00",
      ["2026-04-04T14:45", "2026-04-05T15:15"],
    ],
  ])("%s", (_, schedule, timeZone, after, times) => {
    expect(upcoming({ schedule, timeZone }, Date.parse(`${after}Z`), 2).map(iso)).toEqual(times);
  });

  test("one after the other is what `upcoming` lists", () => {
    const spec = { schedule: "7 */5 * * 1-5", timeZone: "America/New_York" };
    const start = Date.parse("2026-10-30T00:00:00.001Z");
    const times = upcoming(spec, start, 20);
    expect(times.map((_, index) => nextOccurrence(spec, times[index - 1] ?? start))).toEqual(times);
  });

  test.each([
    ["0 0 31 2 *", "UTC"],
    ["0 0 31 4,6,9,11 *", "UTC"],
    ["0 0 30 feb *", "UTC"],
    ["0 3 * * *", "Europe/Atlantis"],
    ["0 3 * * *", "+02:00"],
    ["0 3 * *", "UTC"],
  ])("%s in %s is refused", (schedule, timeZone) => {
    expect(() => nextOccurrence({ schedule, timeZone }, 0)).toThrow(expect.objectContaining({ code: "CRON_INVALID" }));
  });
});

const HOUR_MS = 3_600_000;
/** Zones and moments around which their clocks were or will be moved: by an hour, by half of one, by two, at midnight. */
const CHANGES = [
  ["Europe/Berlin", "2026-03-29T01:00Z"],
  ["Europe/Berlin", "2026-10-25T01:00Z"],
  ["America/New_York", "2026-11-01T06:00Z"],
  ["America/Havana", "2026-03-08T05:00Z"],
  ["America/St_Johns", "2010-03-14T03:31Z"],
  ["America/Sao_Paulo", "2018-11-04T03:00Z"],
  ["Africa/Cairo", "2026-04-23T22:00Z"],
  ["Africa/Casablanca", "2026-02-15T02:00Z"],
  ["Antarctica/Troll", "2026-03-29T01:00Z"],
  ["Australia/Lord_Howe", "2026-04-04T15:00Z"],
  ["Australia/Lord_Howe", "2026-10-03T15:30Z"],
  ["Asia/Kathmandu", "2028-02-28T18:15Z"],
  ["UTC", "2028-02-29T00:00Z"],
] as const;

const field = (min: number, max: number) =>
  fc.oneof(
    fc.constant("*"),
    fc.integer({ min: 1, max: max - min }).map((step) => `*/${step}`),
    fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 4 }).map(String),
    fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
  );

// The long way takes a second, and far more on a machine that is busy.
test("all times, forwards and backwards, are those of a walk through every minute", { timeout: 60_000 }, () => {
  const months = fc.oneof({ weight: 3, arbitrary: fc.constant("*") }, field(1, 12));
  const fields = fc.tuple(field(0, 59), field(0, 23), field(1, 31), months, field(0, 6));
  const hoursBefore = fc.integer({ min: -30, max: 1 });
  fc.assert(
    fc.property(fields, fc.constantFrom(...CHANGES), hoursBefore, (words, [timeZone, change], hours) => {
      const schedule = words.join(" ");
      const after = Date.parse(change) + hours * HOUR_MS;
      const upTo = after + 32 * HOUR_MS;
      const expected = walkMinutes(readSchedule(schedule), timeZone, after, upTo);
      fc.pre(expected.length > 0);
      const spec = { schedule, timeZone };
      expect(upcoming(spec, after, expected.length).map(iso)).toEqual(expected.map(iso));
      expect(nextOccurrence(spec, expected.at(-1) ?? 0)).toBeGreaterThan(upTo);
      expect(lastOccurrences(spec, { from: after + 1, upTo, most: 10_000 }).map(iso)).toEqual(expected.map(iso));
      expect(lastOccurrences(spec, { from: after + 1, upTo, most: 1 }).map(iso)).toEqual(expected.slice(-1).map(iso));
    }),
    { numRuns: 60 },
  );
});
