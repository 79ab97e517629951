import { join } from "node:path";
import { parseArgs } from "node:util";
import { startTemporaryStore } from "@chapterhouse/pocketbase";
import { createPocketBaseQueue } from "@chapterhouse/taskqueue";
import { addFinishedTasks, copyDatabase } from "./queue/finished-tasks.ts";
import { measureInProcess } from "./queue/in-process.ts";
import { measureRest } from "./queue/over-rest.ts";
import {
  measureBulkAdd,
  measureClaims,
  measureReads,
  measureSingleAdds,
  measureWorker,
  noopTask,
} from "./queue/through-pocketbase.ts";
import { reportClaims } from "./queue-claims.ts";
import { benchPeers } from "./queue-peers.ts";
import { percentile, report } from "./report.ts";

// The queue through a PocketBase of its own, and beside it the same statements in this process. What each figure means
// stands in docs/benchmarks.md.

const { values } = parseArgs({
  options: {
    finished: { type: "string", default: "100000" },
    tasks: { type: "string", default: "20000" },
    peers: { type: "boolean", default: false },
    claims: { type: "boolean", default: false },
    pending: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "5" },
    only: { type: "string", multiple: true, default: [] },
    json: { type: "boolean", default: false },
  },
});
if (values.peers) {
  await benchPeers({ rounds: Number(values.rounds), jobs: 10_000, only: values.only, json: values.json });
  process.exit();
}
if (values.claims) {
  await reportClaims(Number(values.pending), values.json);
  process.exit();
}
const finished = Number(values.finished);
const tasks = Number(values.tasks);
const CONCURRENCY = 100;
const BATCH = 1000;

/** Bodies of the add route, as the adapter sends them. */
const addBodies = (): string[] =>
  Array.from({ length: tasks / BATCH }, (_, batch) =>
    JSON.stringify({
      tasks: Array.from({ length: BATCH }, (_, index) => ({
        id: `f${String(batch * BATCH + index).padStart(22, "0")}`,
        ...noopTask(index),
      })),
    }),
  );

const store = await startTemporaryStore();
try {
  const database = join(store.folder, "pb_data", "data.db");
  const copy = join(store.folder, "in-process.db");
  await store.kill();
  addFinishedTasks(database, finished);
  copyDatabase(database, copy);
  await store.restart();
  const backend = createPocketBaseQueue(store.backend);
  const runner = createPocketBaseQueue(store.runner);

  const counted = Object.values(await backend.counts()).reduce((sum, { done, failed }) => sum + done + failed, 0);
  if (counted !== finished) throw new Error(`${counted} of ${finished} finished tasks are there`);
  const inProcess = measureInProcess(copy, addBodies(), BATCH);
  const reads = await measureReads(backend, 500);
  const rest = await measureRest(store, 500);
  const bulkAddPerS = await measureBulkAdd(backend, tasks);
  const work = await measureWorker(store, CONCURRENCY, tasks, 200);
  const singles = await measureSingleAdds(backend, 500);
  const claimMs = await measureClaims(runner, 300);

  report(
    "queue",
    [
      { name: "finished_tasks", value: finished, unit: "tasks", note: "in the table meanwhile" },
      { name: "bulk_add_per_s", value: bulkAddPerS, unit: "tasks/s", note: "1,000 a call" },
      {
        name: "bulk_add_in_process_per_s",
        value: inProcess.addPerS,
        unit: "tasks/s",
        note: "node:sqlite, WAL, NORMAL",
      },
      { name: "bulk_add_ratio", value: bulkAddPerS / inProcess.addPerS, unit: "", note: "at least 0.15" },
      {
        name: "process_per_s",
        value: work.processPerS,
        unit: "tasks/s",
        note: `one worker, concurrency ${CONCURRENCY}`,
      },
      {
        name: "process_in_process_per_s",
        value: inProcess.processPerS,
        unit: "tasks/s",
        note: "node:sqlite, WAL, NORMAL",
      },
      { name: "process_ratio", value: work.processPerS / inProcess.processPerS, unit: "", note: "at least 0.2" },
      { name: "add_one_per_s", value: singles.addPerS, unit: "tasks/s", note: "one caller" },
      { name: "add_one_by_ten_per_s", value: singles.tenAddPerS, unit: "tasks/s", note: "ten callers, calls shared" },
      { name: "claim_one_p50_ms", value: percentile(claimMs, 0.5), unit: "ms", note: "at most 2" },
      { name: "claim_one_p99_ms", value: percentile(claimMs, 0.99), unit: "ms" },
      {
        name: "start_latency_p50_ms",
        value: percentile(work.startMs, 0.5),
        unit: "ms",
        note: "add to handler, idle; at most 10",
      },
      { name: "start_latency_p95_ms", value: percentile(work.startMs, 0.95), unit: "ms" },
      { name: "list_p50_ms", value: percentile(reads.listMs, 0.5), unit: "ms", note: "50 tasks, five filters in turn" },
      { name: "list_p99_ms", value: percentile(reads.listMs, 0.99), unit: "ms", note: "at most 50" },
      { name: "counts_p99_ms", value: percentile(reads.countsMs, 0.99), unit: "ms", note: "at most 50" },
      { name: "rest_status_p50_ms", value: percentile(rest.statusMs, 0.5), unit: "ms", note: "GET /api/status" },
      { name: "rest_status_p99_ms", value: percentile(rest.statusMs, 0.99), unit: "ms", note: "at most 50" },
      {
        name: "rest_tasks_p50_ms",
        value: percentile(rest.tasksMs, 0.5),
        unit: "ms",
        note: "GET /api/tasks, 50 of them, five filters in turn",
      },
      { name: "rest_tasks_p99_ms", value: percentile(rest.tasksMs, 0.99), unit: "ms", note: "at most 50" },
    ],
    values.json,
  );
} finally {
  await store.stop();
}
