import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { TemporaryStore } from "@chapterhouse/pocketbase";

const BACKEND = fileURLToPath(new URL("../../apps/backend/src/main.ts", import.meta.url));
const API_KEY = "a-key-of-this-bench-alone";
const TASK_PAGES = ["", "status=done", "status=failed", "kind=scrape.book", "parent=none"].map(
  (filter) => `/api/tasks?limit=50&${filter}`,
);

export interface RestReads {
  /** ms of each answer. */
  readonly statusMs: readonly number[];
  readonly tasksMs: readonly number[];
}

const startBackend = async (store: TemporaryStore) => {
  const child = spawn(process.execPath, [BACKEND], {
    env: {
      ...process.env,
      CHAPTERHOUSE_PORT: "0",
      CHAPTERHOUSE_API_KEY: API_KEY,
      POCKETBASE_URL: store.url,
      POCKETBASE_PASSWORD: store.passwords.backend,
      LOG_LEVEL: "error",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return { child, url: line.replace(/^ready /, "") };
};

/** What a page that polls waits for: the status document and a page of tasks, by a caller with a key, one at a time. */
export const measureRest = async (store: TemporaryStore, times: number): Promise<RestReads> => {
  const { child, url } = await startBackend(store);
  const measured = { statusMs: [] as number[], tasksMs: [] as number[] };
  const time = async (path: string, into: number[]) => {
    const from = performance.now();
    const answer = await fetch(url + path, { headers: { authorization: `Bearer ${API_KEY}` } });
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    into.push(performance.now() - from);
  };
  try {
    for (let index = 0; index < times; index += 1) {
      await time("/api/status", measured.statusMs);
      await time(TASK_PAGES[index % TASK_PAGES.length] ?? "", measured.tasksMs);
    }
  } finally {
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
  }
  return measured;
};
