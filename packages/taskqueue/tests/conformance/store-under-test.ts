import { startTemporaryStore, type TemporaryStore } from "@chapterhouse/pocketbase";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { createPocketBasePorts } from "../../src/index.ts";
import { auditStore } from "./model/audit-store.ts";
import { type Open, queueUnderTest } from "./queue-under-test.ts";

const EMPTIED = ["tasks", "lanes", "runners", "definitions", "cron_items"];

/**
 * One real PocketBase for a test file. `open` empties it through its own API, which the triggers have to follow. After
 * each test, whatever it did, all that is kept (counts, backlog, lanes, children) is what the tasks say.
 */
export const storeUnderTest = (): { readonly open: Open; readonly store: () => TemporaryStore } => {
  let started: TemporaryStore | undefined;
  const store = () => {
    if (!started) throw new Error("the store has not started");
    return started;
  };
  beforeAll(async () => {
    started = await startTemporaryStore();
  });
  afterEach(() => expect(auditStore(store().folder)).toEqual([]));
  afterAll(() => started?.stop());
  const open: Open = async () => {
    for (const collection of EMPTIED) await store().superuser.sdk.collections.truncate(collection);
    return queueUnderTest(createPocketBasePorts(store().backend), createPocketBasePorts(store().runner));
  };
  return { open, store };
};
