import { startTemporaryStore, type TemporaryStore } from "@chapterhouse/pocketbase";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createPocketBasePorts } from "../../../src/index.ts";
import { auditStore, readGroups } from "./audit-store.ts";
import { foundByModel } from "./found-by-model.ts";
import { runModel } from "./model.ts";
import { replayed } from "./replayed.ts";
import type { Real } from "./real.ts";

const EMPTIED = ["tasks", "lanes", "runners", "definitions", "cron_items"];

let store: TemporaryStore;

beforeAll(async () => {
  store = await startTemporaryStore();
});
afterAll(() => store.stop());

const open = async (): Promise<Real> => {
  for (const name of EMPTIED) await store.superuser.sdk.collections.truncate(name);
  return {
    backend: createPocketBasePorts(store.backend),
    runner: createPocketBasePorts(store.runner),
    now: Date.now,
    groups: readGroups(store.folder),
    audit: async () => auditStore(store.folder),
  };
};

test("PocketBase does what the shadow does, whatever is asked of it, and keeps every invariant", async () => {
  await expect(runModel({ open, runs: 60, commands: 50, ...replayed() })).resolves.toBeUndefined();
});

foundByModel(open);
