import { join } from "node:path";
import { startTemporaryStore } from "@chapterhouse/pocketbase";
import { createPocketBaseQueue } from "@chapterhouse/taskqueue";
import { addPendingTasks, measureBlockedClaims } from "./queue/blocked-lanes.ts";
import { type Figure, percentile, report } from "./report.ts";

const LANES = 1000;
const BLOCKED = 990;
/** Calls by size: together nearly all that the open lanes have. */
const CALLS = { 1: 200, 10: 200, 100: 75 };

/** `bench:queue -- --claims`: claims while nearly all of the table's head is blocked. */
export const reportClaims = async (pending: number, asJson: boolean): Promise<void> => {
  await using store = await startTemporaryStore();
  await store.kill();
  addPendingTasks(join(store.folder, "pb_data", "data.db"), pending, LANES, BLOCKED);
  await store.restart();
  const runner = createPocketBaseQueue(store.runner);
  await measureBlockedClaims(runner, 1, 20);
  const figures: Figure[] = [];
  for (const [batch, calls] of Object.entries(CALLS)) {
    const { perS, claimMs } = await measureBlockedClaims(runner, Number(batch), calls);
    figures.push(
      { name: `claims_of_${batch}_per_s`, value: perS, unit: "tasks/s", note: "claimed and settled, one caller" },
      { name: `claim_of_${batch}_p50_ms`, value: percentile(claimMs, 0.5), unit: "ms" },
      { name: `claim_of_${batch}_p99_ms`, value: percentile(claimMs, 0.99), unit: "ms", note: "at most 20" },
    );
  }
  report("queue-claims", figures, asJson);
};
