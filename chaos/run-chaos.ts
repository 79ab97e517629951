import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createPocketBaseLibrary } from "@chapterhouse/library";
import { startTemporaryStore, type TemporaryStore } from "@chapterhouse/pocketbase";
import { createPocketBasePorts, parseCronItems, type QueuePorts, saveCronItems } from "@chapterhouse/taskqueue";
import { auditStore } from "../packages/taskqueue/tests/conformance/model/audit-store.ts";
import { doFaults } from "./faults.ts";
import { Fleet } from "./fleet.ts";
import { Journal, readJournals } from "./journal.ts";
import { Proxy } from "./proxy.ts";
import { oneOf, seeded } from "./random.ts";
import { type ChaosReport, makeReport } from "./report.ts";
import type { ChaosSettings } from "./settings.ts";
import { LIMITED_LANE, operate, produce, RATED_LANE, SERIAL_LANES, type Traffic } from "./traffic.ts";
import { verify } from "./verify.ts";
import { installWitness, readWitness } from "./witness.ts";

const MOST_CHAPTERS = 5000;
const DRAIN_MS = 180_000;

/** A book whose chapters are there to be published, made under a lease like everything that is published. */
const makeChapters = async (store: TemporaryStore, count: number): Promise<string[]> => {
  const backend = createPocketBasePorts(store.backend);
  const runner = createPocketBasePorts(store.runner);
  await backend.queue.add([{ kind: "chaos.setup", payload: {} }]);
  const request = { runner: "setup", kinds: ["chaos.setup"], limit: 1, leaseMs: 60_000 };
  const [task] = (await runner.queue.claim(request)).tasks;
  if (!task) throw new Error("nothing to set up with");
  const fence = { taskId: task.id, lease: task.lease };
  const library = createPocketBaseLibrary(store.runner);
  const url = "http://chaos.example/book";
  const book = await library.saveBook(
    {
      url,
      title: "Chaos",
      author: "",
      summary: "",
      genres: [],
      language: "en",
      status: "ongoing",
      source: "chaos",
      advertisedChapters: null,
    },
    fence,
  );
  const listed = Array.from({ length: count }, (_, index) => ({ url: `${url}/${index}`, title: `${index}` }));
  const { chapters } = await library.reconcileChapters(book.slug, listed, fence);
  await runner.queue.settle([{ ...fence, outcome: { type: "done" } }]);
  return chapters.map(({ id }) => id);
};

const setLanes = async ({ queue }: QueuePorts): Promise<void> => {
  for (const name of SERIAL_LANES) await queue.configureLane(name, { concurrency: 1, gapMs: 0 });
  await queue.configureLane(LIMITED_LANE.name, { concurrency: LIMITED_LANE.concurrency, gapMs: 0 });
  const { name, count, intervalMs } = RATED_LANE;
  await queue.configureLane(name, { concurrency: null, gapMs: 0, rate: { count, intervalMs } });
};

/** Nobody holds anything back any more: waits until every task has ended. Answers whether that came. */
const drain = async ({ queue, admin }: QueuePorts): Promise<boolean> => {
  const endsAt = performance.now() + DRAIN_MS;
  while (performance.now() < endsAt) {
    try {
      for (const name of [...SERIAL_LANES, LIMITED_LANE.name, RATED_LANE.name]) await admin.resumeLane(name);
      await admin.act({ type: "resume" }, { filter: {} });
      // What was put off would end by itself as well, only later.
      await admin.act({ type: "reschedule", runAt: 0 }, { filter: { status: ["pending"] } });
      const counts = Object.entries(await queue.counts()).flatMap(([, by]) => Object.entries(by));
      const live = counts.filter(([status, count]) => !["done", "failed", "cancelled"].includes(status) && count > 0);
      if (live.length === 0) return true;
    } catch {
      // It may still be starting.
    }
    await sleep(250);
  }
  return false;
};

/**
 * Runs for the given time, or until `signal`; then lets everything end, and says what was tried and what was found.
 * Whatever happens, nothing that it started is left.
 */
export const runChaos = async (settings: ChaosSettings, signal?: AbortSignal): Promise<ChaosReport> => {
  const random = seeded(settings.seed);
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await startTemporaryStore());
  const chapters = await makeChapters(
    store,
    Math.min(MOST_CHAPTERS, Math.ceil(settings.seconds * settings.tasksPerSecond)),
  );
  await store.kill();
  installWitness(store.folder);
  await store.restart();

  const folder = join(store.folder, "journals");
  await mkdir(folder);
  const journal = new Journal(join(folder, "chaos.jsonl"));
  const target = new URL(store.url);
  const proxy = await Proxy.start({ host: target.hostname, port: Number(target.port) });
  opened.defer(() => proxy.stop());
  const troubles: string[] = [];
  const fleet = new Fleet({
    random,
    folder,
    password: store.passwords.runner,
    url: () => oneOf(random, [store.url, proxy.url]) ?? store.url,
    onTrouble: (line) => {
      troubles.push(line);
      settings.say(line);
    },
  });
  opened.defer(() => fleet.close());
  const ports = createPocketBasePorts(store.backend);
  await setLanes(ports);
  const items = [
    { kind: "chaos.cron", schedule: "* * * * *", payload: { ms: 0 }, catchUp: { mode: "all" as const, max: 60 } },
  ];
  await saveCronItems(ports.crontab, "code", parseCronItems(items));
  for (const { pace, runners } of settings.fleets) for (let n = 0; n < runners; n += 1) fleet.start(pace);

  const traffic: Traffic = { ports, random, journal, tasksPerSecond: settings.tasksPerSecond, chapters, ids: [] };
  const stop = AbortSignal.any([AbortSignal.timeout(settings.seconds * 1000), ...(signal ? [signal] : [])]);
  await Promise.all([
    produce(traffic, stop),
    operate(traffic, stop),
    doFaults({ settings, random, store, fleet, proxy, journal }, stop),
  ]);
  settings.say("the faults are over: everything may end now");
  const isDrained = await drain(ports);
  settings.say(isDrained ? "all tasks have ended" : "some tasks did not end");
  await fleet.close();
  for (const message of troubles) journal.write({ type: "defect", message });
  journal.close();

  const entries = readJournals(folder);
  const testimony = readWitness(store.folder);
  return makeReport(settings, entries, testimony, verify(entries, testimony, auditStore(store.folder)));
};
