import { expect, test } from "vitest";
import { resumeCron, runCronNow, saveCronItems, saveCronText } from "../../src/cron/cron-items.ts";
import { nextOccurrence } from "../../src/cron/occurrences.ts";
import { startCron } from "../../src/cron/start-cron.ts";
import {
  dying,
  findItem,
  firedTimes,
  HOUR_MS,
  KIND,
  listFired,
  look,
  newTask,
  nowOf,
  type OpenCron,
  saveMissed,
  silent,
  specOf,
} from "./cron-under-test.ts";

const all = (max: number) => ({ mode: "all", max }) as const;

/** What every Crontab promises, together with the schedulers that use it. */
export const cronSuite = (open: OpenCron): void => {
  test("five schedulers that look at once fire each time once", async () => {
    const { backend, runner, queue } = await open();
    const a = await saveMissed(backend, 5, { identifier: "a", catchUp: all(10) });
    const b = await saveMissed(backend, 3, { identifier: "b", catchUp: all(10) });
    await Promise.all([backend, runner, backend, runner, runner].map(look));
    expect(await firedTimes(queue)).toEqual([...a, ...b].toSorted());
    await look(backend);
    expect(await firedTimes(queue)).toHaveLength(8);
  });

  test("schedulers that are killed between asking, firing and hearing of it lose nothing and repeat nothing", async () => {
    const { backend, runner, queue } = await open();
    const names = Array.from({ length: 12 }, (_, index) => `item-${index}`);
    const times: string[] = [];
    for (const identifier of names) times.push(...(await saveMissed(backend, 2, { identifier, catchUp: all(10) })));
    // One asked what is due and was never heard of again.
    const asked = await runner.dueCron();
    expect(asked.due).toHaveLength(names.length);
    const fleet = [dying(backend, 2), dying(runner, 3), dying(runner, 1), dying(backend, 5)];
    for (let round = 0; round < 4; round += 1) await Promise.all(fleet.map(look));
    await look(runner);
    expect(await firedTimes(queue)).toEqual(times.toSorted());
    expect((await backend.dueCron()).due).toEqual([]);
  });

  test("schedulers that run by themselves fire what is due, each time once, and end", async () => {
    const { backend, runner, queue } = await open();
    const times = await saveMissed(backend, 4, { catchUp: all(10) });
    const fired = Promise.withResolvers<number>();
    const events = { emit: (_: string, data: object) => fired.resolve("firing" in data ? 1 : 0) };
    const crons = [backend, runner, runner, backend, runner].map((crontab) =>
      startCron({ crontab, log: silent, events }),
    );
    await fired.promise;
    await Promise.all(crons.map((cron) => cron.stop()));
    expect(await firedTimes(queue)).toEqual(times);
  });

  test.each([
    ["none: what was missed stays missed", 4, {}, 0],
    ["none, with a fill: the same", 4, { catchUp: { mode: "none" }, fillMs: 9 * HOUR_MS }, 0],
    ["latest: the last one", 4, { catchUp: { mode: "latest" } }, 1],
    ["latest within a fill that holds it", 4, { catchUp: { mode: "latest" }, fillMs: HOUR_MS }, 1],
    ["latest within a fill that is too short", 4, { catchUp: { mode: "latest" }, fillMs: HOUR_MS / 4 }, 0],
    ["all, fewer than allowed", 4, { catchUp: all(10) }, 4],
    ["all, as many as allowed: the last ones", 4, { catchUp: all(3) }, 3],
    ["all within a fill", 4, { catchUp: all(10), fillMs: 2 * HOUR_MS }, 2],
    ["a fill alone: all within it", 9, { fillMs: 7 * HOUR_MS }, 7],
    ["a year of hours: the last ones, and at once", 8760, { catchUp: all(2) }, 2],
  ] as const)("catching up with %s", async (_, missed, item, expected) => {
    const { backend, queue } = await open();
    const times = await saveMissed(backend, missed, item);
    const now = await nowOf(backend);
    const next = nextOccurrence(specOf({}, now), now);
    await look(backend);
    expect(await firedTimes(queue)).toEqual(expected === 0 ? [] : times.slice(-expected));
    const [saved] = await backend.listCron();
    expect(saved).toMatchObject({
      nextAt: new Date(next).toISOString(),
      lastAt: expected === 0 ? null : times.at(-1),
    });
  });

  test("a time that is due now is fired under every catch-up, and is no backfill", async () => {
    const { backend, queue } = await open();
    const now = await nowOf(backend);
    const at = new Date(now - (now % 60_000));
    const schedule = `${at.getUTCMinutes()} ${at.getUTCHours()} * * *`;
    for (const mode of ["none", "latest"] as const) {
      const spec = specOf({ identifier: mode, schedule, catchUp: { mode } }, now);
      await backend.saveCron("api", [{ ...spec, nextAt: at.getTime() }]);
    }
    await look(backend);
    const fired = await listFired(queue);
    const mark = { ts: at.toISOString(), backfilled: false };
    expect(fired.map(({ payload }) => payload["_cron"])).toEqual([mark, mark]);
  });

  test("its task is what the item says, marked with the time it is for, and due at once", async () => {
    const { backend, queue } = await open();
    const [time] = await saveMissed(backend, 1, {
      catchUp: all(1),
      payload: { a: 1 },
      lane: "nightly",
      priority: 3,
      maxAttempts: 7,
      key: "k",
    });
    await look(backend);
    const [task] = await listFired(queue);
    expect(task).toMatchObject({
      kind: KIND,
      payload: { a: 1, _cron: { ts: time, backfilled: true } },
      lane: "nightly",
      priority: 3,
      maxAttempts: 7,
      key: "k",
      createdBy: `cron:${KIND}`,
      status: "pending",
      runAt: task?.createdAt,
    });
    expect(await findItem(backend, KIND)).toMatchObject({ lastTask: task?.id, lastAt: time });
  });

  test("with a key, what still waits is overwritten", async () => {
    const { backend, queue } = await open();
    const [waiting] = await queue.add([{ ...newTask(), key: "k" }]);
    const times = await saveMissed(backend, 3, { key: "k", catchUp: all(3) });
    await look(backend);
    expect(await firedTimes(queue)).toEqual(times.slice(-1));
    expect(await findItem(backend, KIND)).toMatchObject({ lastTask: waiting?.task.id });
  });

  test("a refused task moves no clock: the time is fired once the refusal ends", async () => {
    const { backend, queue, setKind } = await open();
    const refused = await saveMissed(backend, 1, { catchUp: { mode: "latest" } });
    await setKind(KIND, "disabled");
    await look(backend);
    expect(await firedTimes(queue)).toEqual([]);
    expect(await findItem(backend, KIND)).toMatchObject({ nextAt: refused[0], lastAt: null });
    await setKind(KIND, "active");
    await look(backend);
    expect(await firedTimes(queue)).toEqual(refused);
  });

  test("a clock that was moved is not put back by a late scheduler", async () => {
    const { backend, runner, queue } = await open();
    const [time = ""] = await saveMissed(backend, 2, { catchUp: all(10) });
    const expected = Date.parse(time);
    const late = { identifier: KIND, expected, next: expected + HOUR_MS, at: expected, tasks: [newTask()] };
    await look(backend);
    expect(await runner.fireCron(late)).toBe(false);
    expect(await runner.fireCron({ ...late, identifier: "nobody" })).toBe(false);
    expect(await firedTimes(queue)).toHaveLength(2);
  });

  test("paused, it fires nothing and answers no next time; resumed, what was missed stays missed", async () => {
    const { backend, runner, queue } = await open();
    const [time = ""] = await saveMissed(backend, 3, { catchUp: all(10) });
    const expected = Date.parse(time);
    expect(await backend.pauseCron(KIND)).toMatchObject({ paused: true, nextAt: null });
    expect(await backend.pauseCron(KIND)).toMatchObject({ paused: true });
    await look(runner);
    const stale = { identifier: KIND, expected, next: expected + HOUR_MS, at: expected, tasks: [newTask()] };
    expect(await runner.fireCron(stale)).toBe(false);
    expect((await backend.dueCron()).nextAt).toBeNull();
    const resumed = await resumeCron(backend, KIND);
    expect(resumed.paused).toBe(false);
    expect(Date.parse(resumed.nextAt ?? "")).toBeGreaterThan(await nowOf(backend));
    await look(runner);
    expect(await firedTimes(queue)).toEqual([]);
    expect(await backend.resumeCron(KIND, 1)).toEqual(resumed);
  });

  test("saved again, a schedule that is the same keeps its clock, another one begins anew; a pause stays", async () => {
    const { backend } = await open();
    const now = await nowOf(backend);
    const spec = specOf({}, now);
    await backend.saveCron("code", [{ ...spec, nextAt: now + 1000 }]);
    await backend.saveCron("code", [{ ...spec, priority: 5, nextAt: now + 2000 }]);
    expect(await findItem(backend, KIND)).toMatchObject({ nextAt: new Date(now + 1000).toISOString(), priority: 5 });
    await backend.saveCron("code", [{ ...spec, timeZone: "Asia/Tokyo", nextAt: now + 3000 }]);
    expect(await findItem(backend, KIND)).toMatchObject({ nextAt: new Date(now + 3000).toISOString(), priority: 0 });
    await backend.pauseCron(KIND);
    await backend.saveCron("code", [{ ...spec, schedule: "1 1 * * *", nextAt: now + 4000 }]);
    expect(await findItem(backend, KIND)).toMatchObject({ nextAt: null, paused: true, schedule: "1 1 * * *" });
  });

  test("a file is the whole of its source: what is no longer in it goes, other sources' items stay", async () => {
    const { backend, runner } = await open();
    const now = await nowOf(backend);
    await saveCronItems(runner, "code", [specOf({ identifier: "c" }, now)]);
    await saveCronText(backend, "0 3 * * * a\n0 4 * * * b");
    await saveCronText(backend, "0 4 * * * b\n0 5 * * * d");
    const listed = (await backend.listCron()).map(({ identifier, source }) => `${source} ${identifier}`);
    expect(listed).toEqual(["file b", "code c", "file d"]);
    await saveCronItems(runner, "code", [], { exact: true });
    expect(await findItem(runner, "c")).toBeUndefined();
  });

  test("an identifier that another source has is refused, and then nothing is changed", async () => {
    const { backend, runner } = await open();
    const before = await saveMissed(backend, 1);
    await expect(saveCronText(runner, `0 3 * * * a\n0 3 * * * ${KIND}`)).rejects.toMatchObject({
      code: "CRON_INVALID",
    });
    const items = await backend.listCron();
    expect(items.map(({ identifier, source, nextAt }) => [identifier, source, nextAt])).toEqual([
      [KIND, "api", before[0]],
    ]);
  });

  test("a new item's first time is after it was saved", async () => {
    const { backend, queue } = await open();
    const before = await nowOf(backend);
    await saveCronText(backend, `* * * * * ${KIND} ?catchup=all:9`);
    const [item] = await backend.listCron();
    expect(Date.parse(item?.nextAt ?? "")).toBeGreaterThan(before);
    expect(item).toMatchObject({ source: "file", lastAt: null, lastTask: null, paused: false });
    expect(await firedTimes(queue)).toEqual([]);
  });

  test("run by hand, its task is added and its clock stays", async () => {
    const { backend, queue } = await open();
    await saveMissed(backend, 1, { payload: { a: 1 } });
    const before = await backend.listCron();
    const { task, created } = await runCronNow({ crontab: backend, queue }, KIND);
    expect(created).toBe(true);
    expect(task).toMatchObject({ payload: { a: 1, _cron: { backfilled: false } } });
    expect(await backend.listCron()).toEqual(before);
    expect(await firedTimes(queue)).toHaveLength(1);
  });

  test("removed, it is gone", async () => {
    const { backend, queue } = await open();
    await saveMissed(backend, 1, { catchUp: all(1) });
    await backend.removeCron(KIND);
    await look(backend);
    expect(await backend.listCron()).toEqual([]);
    expect(await firedTimes(queue)).toEqual([]);
  });

  test("of an item that nobody knows, all say so", async () => {
    const { backend, queue } = await open();
    const unknown = { code: "CRON_NOT_FOUND" };
    await expect(backend.pauseCron("x")).rejects.toMatchObject(unknown);
    await expect(backend.resumeCron("x", 1)).rejects.toMatchObject(unknown);
    await expect(backend.removeCron("x")).rejects.toMatchObject(unknown);
    await expect(resumeCron(backend, "x")).rejects.toMatchObject(unknown);
    await expect(runCronNow({ crontab: backend, queue }, "x")).rejects.toMatchObject(unknown);
  });
};
