import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryLibrary, createPocketBaseLibrary } from "@chapterhouse/library";
import { type TemporaryStore, startTemporaryStore } from "@chapterhouse/pocketbase";
import { afterAll, beforeAll, describe } from "vitest";
import type { Stage } from "./stage.ts";
import { libraryConformance } from "./suite.ts";

describe("memory", () => {
  const live = new Set<string>();
  let tasks = 0;
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "library-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const library = createMemoryLibrary({
    now: Date.now,
    isLive: ({ taskId, lease }) => live.has(`${taskId}/${lease}`),
  });
  libraryConformance(async (): Promise<Stage> => {
    const claim = async (status = "running") => {
      const fence = { taskId: `task${(tasks += 1)}`, lease: 1 };
      if (status === "running" || status === "cancelling") live.add(`${fence.taskId}/1`);
      return fence;
    };
    return { reader: library, writer: library, claim, folder };
  });
});

describe("pocketbase", () => {
  let store: TemporaryStore;
  beforeAll(async () => {
    store = await startTemporaryStore();
  });
  afterAll(() => store.stop());
  libraryConformance(async (): Promise<Stage> => {
    const claim = async (status = "running") => {
      const task = await store.superuser.sdk
        .collection("tasks")
        .create({ kind: "scrape.book", lane: "default", status, lease: 1, runner: "r", max_attempts: 1 });
      return { taskId: task.id, lease: 1 };
    };
    return {
      reader: createPocketBaseLibrary(store.backend),
      writer: createPocketBaseLibrary(store.runner),
      claim,
      folder: store.folder,
    };
  });
});
