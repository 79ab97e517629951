import { startTemporaryStore, type TemporaryStore } from "@chapterhouse/pocketbase";
import { afterAll, beforeAll } from "vitest";
import { createPocketBaseQueue } from "../../src/index.ts";
import type { Open } from "./queue-under-test.ts";

const EMPTIED = ["tasks", "lanes", "runners"];

/** One real PocketBase for a test file. `open` empties it through its own API, which the triggers have to follow. */
export const storeUnderTest = (): { readonly open: Open; readonly store: () => TemporaryStore } => {
  let started: TemporaryStore | undefined;
  const store = () => {
    if (!started) throw new Error("the store has not started");
    return started;
  };
  beforeAll(async () => {
    started = await startTemporaryStore();
  });
  afterAll(() => started?.stop());
  const open: Open = async () => {
    for (const collection of EMPTIED) await store().superuser.sdk.collections.truncate(collection);
    return { backend: createPocketBaseQueue(store().backend), runner: createPocketBaseQueue(store().runner) };
  };
  return { open, store };
};
