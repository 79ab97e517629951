import { type CronItem, type CronSpec, cronSpecSchema } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import type { CronFiring } from "../../src/index.ts";
import { claimBy, HOUR_MS, type Open, type QueueUnderTest, taskOf } from "./queue-under-test.ts";

const DUE = Date.now() - HOUR_MS;
const NEXT = Date.now() + HOUR_MS;
const iso = (time: number) => new Date(time).toISOString();

const spec = (identifier: string, changes: Partial<CronSpec> = {}): CronSpec =>
  cronSpecSchema.parse({ identifier, kind: "tidy", schedule: "0 4 * * *", ...changes });

const save = (queue: QueueUnderTest, nextAt: number, ...identifiers: string[]) =>
  queue.backendPorts.crontab.saveCron(
    "api",
    identifiers.map((identifier) => ({ ...spec(identifier), nextAt })),
  );

const firing = (changes: Partial<CronFiring> = {}): CronFiring => ({
  identifier: "tidy",
  expected: DUE,
  next: NEXT,
  at: DUE,
  tasks: [taskOf("tidy")],
  ...changes,
});

const item = async ({ backendPorts }: QueueUnderTest, identifier = "tidy"): Promise<CronItem | undefined> =>
  (await backendPorts.crontab.listCron()).find((each) => each.identifier === identifier);

const countTasks = async ({ backend }: QueueUnderTest) => (await backend.list({ limit: 50 })).items.length;

export const firingSuite = (open: Open): void => {
  test("of twenty who fire one time exactly one does, and there is one task", async () => {
    const queue = await open();
    await save(queue, DUE, "tidy");
    const { crontab } = queue.runnerPorts;
    const answers = await Promise.all(Array.from({ length: 20 }, () => crontab.fireCron(firing())));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await countTasks(queue)).toBe(1);
    const [task] = await claimBy(queue, { kinds: ["tidy"] });
    expect(await item(queue)).toMatchObject({ nextAt: iso(NEXT), lastAt: iso(DUE), lastTask: task?.id });
    expect(await crontab.fireCron(firing())).toBe(false);
  });

  test("both or neither: when its task is refused, its clock stands", async () => {
    const queue = await open();
    await save(queue, DUE, "tidy");
    const before = await item(queue);
    await queue.runnerPorts.definitions.define([{ kind: "off", title: "Off" }]);
    await queue.backendPorts.definitions.setDefinitionStatus("off", "disabled");
    for (const [refused, code] of [
      [taskOf("off"), "KIND_DISABLED"],
      [taskOf("tidy", { maxAttempts: 0 }), "MAX_ATTEMPTS_INVALID"],
    ] as const) {
      const bad = firing({ tasks: [taskOf("tidy"), refused] });
      await expect(queue.runnerPorts.crontab.fireCron(bad)).rejects.toMatchObject({ code });
    }
    expect(await item(queue)).toEqual(before);
    expect(await countTasks(queue)).toBe(0);
    expect(await queue.runnerPorts.crontab.fireCron(firing())).toBe(true);
  });

  test("several tasks of one firing, and none: then only the clock moves", async () => {
    const queue = await open();
    await save(queue, DUE, "tidy");
    const { crontab } = queue.runnerPorts;
    const tasks = [taskOf("tidy", { key: "a" }), taskOf("tidy", { key: "b" })];
    expect(await crontab.fireCron(firing({ tasks, at: DUE + 60_000 }))).toBe(true);
    expect(await countTasks(queue)).toBe(2);
    const fired = await item(queue);
    expect(fired).toMatchObject({ lastAt: iso(DUE + 60_000), lastTask: (await queue.backend.findByKey("b"))?.id });
    expect(await crontab.fireCron(firing({ expected: NEXT, next: NEXT + HOUR_MS, at: NEXT, tasks: [] }))).toBe(true);
    expect(await item(queue)).toEqual({ ...fired, nextAt: iso(NEXT + HOUR_MS) });
  });

  test("a task with a key follows the key's mode", async () => {
    const queue = await open();
    await save(queue, DUE, "tidy");
    const { crontab } = queue.runnerPorts;
    const tasks = [taskOf("tidy", { key: "k", keyMode: "keep_first" })];
    await crontab.fireCron(firing({ tasks }));
    const before = (await item(queue))?.lastTask;
    await crontab.fireCron(firing({ tasks, expected: NEXT, next: NEXT + HOUR_MS, at: NEXT }));
    expect(await countTasks(queue)).toBe(1);
    expect((await item(queue))?.lastTask).toBe(before);
  });

  test("what is due, and when the next one is", async () => {
    const queue = await open();
    await save(queue, DUE, "tidy", "other");
    await save(queue, NEXT, "later");
    await queue.backendPorts.crontab.pauseCron("other");
    const { now, due, nextAt } = await queue.runnerPorts.crontab.dueCron();
    expect(Math.abs(now - Date.now())).toBeLessThan(60_000);
    expect(due.map(({ identifier }) => identifier)).toEqual(["tidy"]);
    expect(nextAt).toBe(NEXT);
  });

  test("nothing is due where nothing is", async () => {
    const { runnerPorts } = await open();
    expect(await runnerPorts.crontab.dueCron()).toMatchObject({ due: [], nextAt: null });
    expect(await runnerPorts.crontab.fireCron(firing())).toBe(false);
  });

  test("a paused item does not fire, and goes on at the time that is given when it is resumed", async () => {
    const queue = await open();
    const { crontab } = queue.backendPorts;
    await save(queue, DUE, "tidy");
    expect(await crontab.pauseCron("tidy")).toMatchObject({ paused: true, nextAt: null });
    expect(await queue.runnerPorts.crontab.fireCron(firing())).toBe(false);
    await save(queue, DUE, "tidy");
    expect(await item(queue)).toMatchObject({ paused: true, nextAt: null });
    expect(await crontab.resumeCron("tidy", NEXT)).toMatchObject({ paused: false, nextAt: iso(NEXT) });
    expect(await crontab.resumeCron("tidy", DUE)).toMatchObject({ nextAt: iso(NEXT) });
  });

  test("saving keeps the clock of a schedule that did not change, and sets one that did", async () => {
    const queue = await open();
    const { crontab } = queue.backendPorts;
    await save(queue, DUE, "tidy");
    await crontab.saveCron("api", [{ ...spec("tidy", { priority: 7 }), nextAt: NEXT }]);
    expect(await item(queue)).toMatchObject({ priority: 7, nextAt: iso(DUE), source: "api", timeZone: "UTC" });
    await crontab.saveCron("api", [{ ...spec("tidy", { timeZone: "Europe/Berlin" }), nextAt: NEXT }]);
    expect((await item(queue))?.nextAt).toBe(iso(NEXT));
    await crontab.saveCron("api", [{ ...spec("tidy", { schedule: "5 4 * * *" }), nextAt: DUE }]);
    expect((await item(queue))?.nextAt).toBe(iso(DUE));
  });

  test("with `exact`, items of the source that are not named go, and none of another source", async () => {
    const queue = await open();
    const { crontab } = queue.runnerPorts;
    await save(queue, NEXT, "by.hand");
    const fromFile = (...names: string[]) => names.map((name) => ({ ...spec(name), nextAt: NEXT }));
    await crontab.saveCron("file", fromFile("one", "two"));
    await crontab.saveCron("file", fromFile("two", "three"), { exact: true });
    const names = async () => (await crontab.listCron()).map(({ identifier }) => identifier);
    expect(await names()).toEqual(["by.hand", "three", "two"]);
    await crontab.saveCron("file", [], { exact: true });
    expect(await names()).toEqual(["by.hand"]);
  });

  test("an identifier of another source is refused, and nothing of the call is saved", async () => {
    const queue = await open();
    await save(queue, NEXT, "tidy");
    const items = ["fresh", "tidy"].map((name) => ({ ...spec(name), nextAt: DUE }));
    const refused = queue.runnerPorts.crontab.saveCron("file", items, { exact: true });
    await expect(refused).rejects.toMatchObject({ code: "CRON_INVALID" });
    expect((await queue.backendPorts.crontab.listCron()).map(({ identifier }) => identifier)).toEqual(["tidy"]);
  });

  test("a removed item is gone; an unknown one is CRON_NOT_FOUND", async () => {
    const queue = await open();
    const { crontab } = queue.backendPorts;
    await save(queue, NEXT, "tidy");
    await crontab.removeCron("tidy");
    expect(await crontab.listCron()).toEqual([]);
    const missing = { code: "CRON_NOT_FOUND" };
    await expect(crontab.removeCron("tidy")).rejects.toMatchObject(missing);
    await expect(crontab.pauseCron("tidy")).rejects.toMatchObject(missing);
    await expect(crontab.resumeCron("tidy", NEXT)).rejects.toMatchObject(missing);
  });
};
