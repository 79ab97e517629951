import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startTemporaryStore } from "@chapterhouse/pocketbase";
import { createPocketBaseQueue, type NewTask } from "@chapterhouse/taskqueue";
import type { HolderReport, LoadReport, Order } from "./heartbeats/messages.ts";
import { percentile, report } from "./report.ts";
import { storeAddress } from "./store-address.ts";

// Leases under full write load: ten runners hold a hundred each while one process adds and works off as fast as the
// store takes it, and another runner's handler keeps its thread busy for a minute. docs/benchmarks.md says what is wanted.

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "10" }, json: { type: "boolean", default: false } },
});
const RUNNERS = 10;
const LEASES = 100;
const SPIN_MS = 60_000;

const HOLDER = new URL("./heartbeats/holder.ts", import.meta.url);
const WRITE_LOAD = new URL("./heartbeats/write-load.ts", import.meta.url);
const SPINNER = new URL("./heartbeats/spinner.ts", import.meta.url);

const children: ChildProcess[] = [];
const start = (program: URL, ...args: readonly string[]): ChildProcess => {
  const child = fork(fileURLToPath(program), [...args]);
  children.push(child);
  return child;
};
const told = (child: ChildProcess, order: Order): void => void child.send(order);
/** What a process says last. */
const reportOf = async <T>(child: ChildProcess): Promise<T> => {
  const said = once(child, "message") as Promise<[T]>;
  told(child, "end");
  const [last] = await said;
  return last;
};

const store = await startTemporaryStore();
try {
  const backend = createPocketBaseQueue(store.backend);
  const held: NewTask = { kind: "scrape.catalogue", payload: { url: "http://bench.example/" } };
  const spun: NewTask = {
    kind: "scrape.book_range",
    payload: { url: "http://bench.example/", fromChapter: 1, toChapter: 1 },
  };
  const address = storeAddress(store);
  const heldTasks = await backend.add(Array.from({ length: RUNNERS * LEASES }, () => held));
  const [spinTask] = await backend.add([spun]);
  const holders = Array.from({ length: RUNNERS }, () => start(HOLDER, address, String(LEASES)));
  await Promise.all(holders.map((holder) => once(holder, "message")));
  const load = start(WRITE_LOAD, address);
  const spinner = start(SPINNER, address, String(SPIN_MS));
  const spinnerEnded = once(spinner, "exit");
  await sleep(5000);
  for (const child of [load, ...holders]) told(child, "measure");
  await sleep(Number(values.minutes) * 60_000);
  await spinnerEnded;
  const { addedPerS, processedPerS } = await reportOf<LoadReport>(load);
  const reports = await Promise.all(holders.map((holder) => reportOf<HolderReport>(holder)));

  const beatMs = reports.flatMap((holder) => holder.beatMs);
  const kept = await backend.find(heldTasks.map(({ task }) => task.id));
  const lost = kept.filter((task) => task?.status !== "done" || task.lease !== 1 || task.crashes > 0).length;
  const [spin] = await backend.find([spinTask?.task.id ?? ""]);
  report(
    "heartbeats",
    [
      { name: "minutes", value: Number(values.minutes), unit: "min" },
      { name: "added_per_s", value: addedPerS, unit: "tasks/s", note: "meanwhile" },
      { name: "processed_per_s", value: processedPerS, unit: "tasks/s", note: "meanwhile" },
      { name: "beats", value: beatMs.length, unit: "calls", note: `${RUNNERS} runners, ${LEASES} leases each` },
      { name: "beat_p50_ms", value: percentile(beatMs, 0.5), unit: "ms" },
      { name: "beat_p99_ms", value: percentile(beatMs, 0.99), unit: "ms", note: "at most 500" },
      { name: "beat_max_ms", value: Math.max(...beatMs), unit: "ms" },
      {
        name: "beats_failed",
        value: reports.reduce((sum, { failedBeats }) => sum + failedBeats, 0),
        unit: "calls",
        note: "0",
      },
      {
        name: "handlers_stopped",
        value: reports.reduce((sum, { lost: stopped }) => sum + stopped, 0),
        unit: "tasks",
        note: "0",
      },
      { name: "leases_lost", value: lost, unit: "tasks", note: "0" },
      {
        name: "spun_ms",
        value: SPIN_MS,
        unit: "ms",
        note: "a handler that keeps its thread busy for so long",
      },
      { name: "spin_attempts", value: spin?.lease ?? Number.NaN, unit: "claims", note: "1: it kept its lease" },
    ],
    values.json,
  );
} finally {
  for (const child of children) if (child.exitCode === null) child.kill("SIGKILL");
  await store.stop();
}
