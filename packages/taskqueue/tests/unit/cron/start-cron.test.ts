import { ChapterhouseError, type CronItem } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import { parseCronItems } from "../../../src/cron/cron-spec.ts";
import { fireDueCron, startCron } from "../../../src/cron/start-cron.ts";
import type { CronFiring, Crontab } from "../../../src/ports.ts";

const NOW = Date.parse("2026-05-01T12:00:10Z");
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const dueItem = (schedule: string, nextAt: string, identifier = schedule): CronItem => {
  const [spec] = parseCronItems([{ kind: "rollup", schedule, identifier: identifier.replaceAll(/\W/g, "_") }]);
  if (!spec) throw new Error("no item");
  return { ...spec, source: "code", paused: false, nextAt, lastAt: null, lastTask: null };
};

/** A crontab that answers as it is told and remembers what was fired. */
const crontabOf = (due: readonly CronItem[], nextAt: number | null, fire: Crontab["fireCron"] = async () => true) => {
  const fired: CronFiring[] = [];
  const fireCron = async (firing: CronFiring) => {
    fired.push(firing);
    return fire(firing);
  };
  const crontab = { dueCron: async () => ({ now: NOW, due, nextAt }), fireCron } as Partial<Crontab> as Crontab;
  return { crontab, fired };
};

test.each([
  ["nothing is due and nothing will be", [], null, null],
  ["nothing is due yet", [], NOW + 5000, 5000],
  ["the next of what is fired comes sooner than the others'", ["* * * * *"], NOW + 90_000, 50_000],
  ["another item comes sooner", ["0 * * * *"], NOW + 1000, 1000],
])("when %s, it says how long it may sleep", async (_, schedules, nextAt, ms) => {
  const due = schedules.map((schedule) => dueItem(schedule, "2026-05-01T12:00:00.000Z"));
  const { crontab } = crontabOf(due, nextAt);
  expect(await fireDueCron({ crontab, log })).toBe(ms);
});

test("an item that cannot be fired keeps no other from being fired", async () => {
  const time = "2026-05-01T12:00:00.000Z";
  const foreign = { ...dueItem("0 12 * * *", time, "foreign"), timeZone: "Europe/Atlantis" };
  const refused = dueItem("0 12 * * *", time, "refused");
  const { crontab, fired } = crontabOf(
    [foreign, refused, dueItem("0 12 * * *", time, "good")],
    null,
    async (firing) => {
      if (firing.identifier === "refused") throw new ChapterhouseError("KIND_DISABLED", "rollup is disabled");
      return true;
    },
  );
  expect(await fireDueCron({ crontab, log })).toBe(24 * 3_600_000 - 10_000);
  expect(fired.map(({ identifier }) => identifier)).toEqual(["refused", "good"]);
});

test("only the one who fired tells of it", async () => {
  const told: unknown[] = [];
  const events = { emit: (name: string, data: object) => told.push({ name, ...data }) };
  const due = [dueItem("0 12 * * *", "2026-05-01T12:00:00.000Z")];
  for (const isOurs of [true, false]) {
    const { crontab } = crontabOf(due, null, async () => isOurs);
    await fireDueCron({ crontab, log, events, runner: "runner-a" });
  }
  expect(told).toMatchObject([{ name: "cron:fire", runner: "runner-a", firing: { tasks: [{ kind: "rollup" }] } }]);
});

test("while the queue is away it is asked again; told to stop, it ends its sleep", async () => {
  let asked = 0;
  const back = Promise.withResolvers<void>();
  const crontab = {
    dueCron: async () => {
      asked += 1;
      if (asked < 3) throw new ChapterhouseError("STORE_UNREACHABLE", "away");
      back.resolve();
      return { now: NOW, due: [], nextAt: NOW + 60_000 };
    },
  } as Partial<Crontab> as Crontab;
  const cron = startCron({ crontab, log, retryMs: 1 });
  await back.promise;
  await cron.stop();
  expect(asked).toBe(3);
});

test.each([
  ["when the next item is due", 20, {}],
  ["after the poll's time, however late the next item is", 3_600_000, { pollMs: 20 }],
])("it looks again %s", async (_, dueInMs, options) => {
  let asked = 0;
  const again = Promise.withResolvers<void>();
  const crontab = {
    dueCron: async () => {
      asked += 1;
      if (asked === 2) again.resolve();
      return { now: NOW, due: [], nextAt: NOW + (asked === 1 ? dueInMs : 3_600_000) };
    },
  } as Partial<Crontab> as Crontab;
  const cron = startCron({ crontab, log, random: () => 0, ...options });
  await again.promise;
  await cron.stop();
  expect(asked).toBeGreaterThan(1);
});
