import { startTemporaryStore, type TemporaryStore } from "@chapterhouse/pocketbase";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nextOccurrence, upcoming } from "../../src/cron/occurrences.ts";
import { createMemoryPorts } from "../../src/memory/ports.ts";
import { createPocketBaseCrontab } from "../../src/pocketbase/crontab.ts";
import { createPocketBaseDefinitions } from "../../src/pocketbase/definitions.ts";
import { createPocketBaseQueue } from "../../src/pocketbase/queue.ts";
import { cronSuite } from "./cron-suite.ts";
import { firedTimes, HOUR_MS, KIND, look, MINUTE_MS, specOf } from "./cron-under-test.ts";

const definition = { kind: KIND, title: "A kind of the test's" };

describe("cron in memory", () => {
  cronSuite(async () => {
    const { queue, crontab, definitions } = createMemoryPorts();
    await definitions.define([definition]);
    const setKind = (kind: string, status: "active" | "disabled") => definitions.setDefinitionStatus(kind, status);
    return { backend: crontab, runner: crontab, queue, setKind };
  });

  /** Five schedulers over one store; each look is one of them, at the queue's time. */
  const fleet = (startsAt: string) => {
    let now = Date.parse(startsAt);
    const { queue, crontab } = createMemoryPorts({ now: () => now });
    return {
      queue,
      crontab,
      lookAt: async (at: number) => {
        now = at;
        await Promise.all(Array.from({ length: 5 }, () => look(crontab)));
      },
    };
  };

  test.each([
    ["30 2 * * *", "Europe/Berlin", "2026-03-27T00:00:00Z", 5],
    ["30 2 * * *", "Europe/Berlin", "2026-10-23T00:00:00Z", 5],
    ["0 */6 * * *", "America/New_York", "2026-10-31T00:00:00Z", 12],
    ["*/20 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", 9],
  ])("%s in %s over the change of clocks: each time once", async (schedule, timeZone, start, times) => {
    const { queue, crontab, lookAt } = fleet(start);
    const from = Date.parse(start);
    const spec = specOf({ schedule, timeZone }, from);
    await crontab.saveCron("code", [{ ...spec, nextAt: nextOccurrence(spec, from) }]);
    const last = upcoming(spec, from, times).at(-1) ?? 0;
    for (let at = from; at <= last + MINUTE_MS; at += MINUTE_MS / 2) await lookAt(at);
    expect(await firedTimes(queue)).toEqual(upcoming(spec, from, times).map((at) => new Date(at).toISOString()));
  });

  test("a clock that jumps ahead and back fires no time twice", async () => {
    const { queue, crontab, lookAt } = fleet("2026-05-01T00:00:00Z");
    const from = Date.parse("2026-05-01T00:00:00Z");
    await crontab.saveCron("code", [
      { ...specOf({ schedule: "0 * * * *", catchUp: { mode: "all", max: 50 } }, from), nextAt: from + HOUR_MS },
    ]);
    for (const hour of [1, 2, 9, 3, 4, 8, 9, 10, 2, 11]) await lookAt(from + hour * HOUR_MS);
    const expected = Array.from({ length: 11 }, (_, index) => new Date(from + (index + 1) * HOUR_MS).toISOString());
    expect(await firedTimes(queue)).toEqual(expected);
  });
});

describe("cron in PocketBase", () => {
  let store: TemporaryStore;
  beforeAll(async () => {
    store = await startTemporaryStore();
  });
  afterAll(() => store.stop());

  cronSuite(async () => {
    for (const name of ["tasks", "lanes", "cron_items"]) await store.superuser.sdk.collections.truncate(name);
    const definitions = createPocketBaseDefinitions(store.backend);
    await definitions.define([definition]);
    await definitions.setDefinitionStatus(KIND, "active");
    return {
      backend: createPocketBaseCrontab(store.backend),
      runner: createPocketBaseCrontab(store.runner),
      queue: createPocketBaseQueue(store.backend),
      setKind: (kind, status) => definitions.setDefinitionStatus(kind, status),
    };
  });

  test("a runner reads, saves and fires, but pauses, resumes and removes nothing", async () => {
    const crontab = createPocketBaseCrontab(store.runner);
    const forbidden = { code: "FORBIDDEN" };
    await expect(crontab.pauseCron("x")).rejects.toMatchObject(forbidden);
    await expect(crontab.resumeCron("x", 1)).rejects.toMatchObject(forbidden);
    await expect(crontab.removeCron("x")).rejects.toMatchObject(forbidden);
  });

  test.each([
    ["cron-save", { source: "nobody", items: [] }],
    ["cron-save", { source: "api", items: [{ spec: { identifier: "x" }, nextAt: 1 }] }],
    ["cron-save", { source: "api", items: [null] }],
    ["cron-fire", { identifier: "x", expected: 10, next: 10, at: 10, tasks: [] }],
    ["cron-fire", { identifier: "x", expected: 10, next: 11, at: 10, tasks: {} }],
    ["cron-set", { identifier: "x", to: "toString" }],
    ["cron-set", { identifier: "x", to: "running", nextAt: -1 }],
  ])("%s refuses %j", async (name, body) => {
    await expect(store.backend.call("POST", `/api/taskqueue/${name}`, body)).rejects.toMatchObject({
      code: "BAD_REQUEST",
    });
  });
});
