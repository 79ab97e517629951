import { ChapterhouseError } from "@chapterhouse/domain";
import { type Crontab, createMemoryPorts, parseCrontab } from "@chapterhouse/taskqueue";
import pino from "pino";
import { expect, test } from "vitest";
import { runCrontab } from "../../src/run-crontab.ts";

const items = parseCrontab("0 4 * * * scrape.book ?id=nightly {url: 'http://book.example/1'}");
const setup = () => {
  const lines: string[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => void lines.push(line) });
  return { ...createMemoryPorts(), lines, log, stopping: new AbortController() };
};

const savingBy = (crontab: Crontab, saveCron: Crontab["saveCron"]): Crontab =>
  new Proxy(crontab, {
    get: (target, name: keyof Crontab) => (name === "saveCron" ? saveCron : target[name].bind(target)),
  });

test("the file's items are stored, those that it has no more are removed, and the rest stays", async () => {
  const { crontab, log, stopping } = setup();
  const spec = items[0];
  if (!spec) throw new Error("one item was read");
  const nextAt = Date.now() + 60_000;
  await crontab.saveCron("file", [{ ...spec, identifier: "gone", nextAt }]);
  await crontab.saveCron("api", [{ ...spec, identifier: "kept", nextAt }]);
  await runCrontab({ crontab, items, log, signal: stopping.signal });
  stopping.abort();
  expect((await crontab.listCron()).map(({ identifier }) => identifier).toSorted()).toEqual(["kept", "nightly"]);
});

test("items that the store refuses are named in the log, and the schedule goes on without them", async () => {
  const { crontab, log, lines, stopping } = setup();
  const refused = savingBy(crontab, () =>
    Promise.reject(new ChapterhouseError("CRON_INVALID", "nightly belongs to the page")),
  );
  await runCrontab({ crontab: refused, items, log, signal: stopping.signal });
  stopping.abort();
  expect(lines.some((line) => line.includes("nightly belongs to the page"))).toBe(true);
});

test("a store that is away is asked again until it is told to stop", async () => {
  const { crontab, log, stopping } = setup();
  const asked = Promise.withResolvers<void>();
  const away = savingBy(crontab, () => {
    asked.resolve();
    return Promise.reject(new ChapterhouseError("STORE_UNREACHABLE", "away"));
  });
  const running = runCrontab({ crontab: away, items, log, signal: stopping.signal });
  await asked.promise;
  stopping.abort();
  await expect(running).resolves.toBeUndefined();
});
