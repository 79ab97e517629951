import { startTemporaryStore, type TemporaryStore } from "@chapterhouse/pocketbase";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPocketBasePorts } from "../../../src/index.ts";
import { auditStore, readGroups } from "./audit-store.ts";
import { foundByModel } from "./found-by-model.ts";
import { runModel } from "./model.ts";
import type { Real } from "./real.ts";
import { histories } from "./replayed.ts";

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

describe("PocketBase does what the shadow does, whatever is asked of it, and keeps every invariant", () => {
  test.each(histories([41], 60))(
    "$runs histories of seed $seed",
    async (drawn) => {
      const counts = (await runModel({ open, commands: 50, ...drawn })).counts();
      if (drawn.isLong) console.table(counts);
      expect(counts["histories"]).toBeGreaterThanOrEqual(1);
    },
    3_600_000,
  );
});

foundByModel(open);
