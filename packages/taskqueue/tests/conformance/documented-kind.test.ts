import { readFile } from "node:fs/promises";
import { startTemporaryStore } from "@chapterhouse/pocketbase";
import { afterAll, expect, test } from "vitest";
import { createEnqueuer, createPocketBasePorts } from "../../src/index.ts";
import { startPool } from "./documented/pool.ts";

// docs/kinds.md shows these two files, and they do what it says.

const page = new URL("../../../../docs/kinds.md", import.meta.url);
const store = await startTemporaryStore();
afterAll(() => store.stop());

test.each(["count-words.ts", "pool.ts"])("the page shows %s as it is", async (name) => {
  const source = await readFile(new URL(`documented/${name}`, import.meta.url), "utf8");
  expect(await readFile(page, "utf8")).toContain(`\`\`\`ts\n${source}\`\`\``);
});

test("the kind of the page is listed, takes its payload alone, and is done", async () => {
  const { queue, definitions, admin } = createPocketBasePorts(store.backend);
  const pool = startPool(store.url, store.passwords.runner);
  try {
    await expect
      .poll(() => definitions.listDefinitions(), { timeout: 20_000 })
      .toMatchObject([{ kind: "count.words" }]);
    const enqueue = createEnqueuer({ queue, definitions });
    const completed = new Promise((resolve) => {
      pool.events.on("task:complete", resolve);
    });
    await expect(enqueue([{ kind: "count.words", payload: {} }])).rejects.toMatchObject({ code: "PAYLOAD_INVALID" });
    const [added] = await enqueue([{ kind: "count.words", payload: { texts: ["a whale", "the sea"], least: 2 } }]);
    expect(added?.task.maxAttempts).toBe(3);
    await completed;
    const id = added?.task.id ?? "";
    expect(await queue.find([id])).toMatchObject([{ status: "done", result: { words: 3 }, progress: { done: 2 } }]);
    const { items } = await admin.readLog(id, { limit: 10 });
    expect(items.map(({ message }) => message)).toEqual([
      'counted {"text":1,"words":2}',
      'counted {"text":0,"words":1}',
    ]);
  } finally {
    await pool.release();
  }
});
