import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { TemporaryStore } from "@chapterhouse/pocketbase";

const MAIN = fileURLToPath(new URL("../../apps/backend/src/main.ts", import.meta.url));

export interface BackendProcess {
  readonly url: string;
  readonly process: ChildProcess;
  /** MiB resident now. */
  rss(): number;
  /** Messages of its log, from `info` up. */
  readonly messages: readonly string[];
}

/** As `up` and the Dockerfile start it. */
const NODE_ARGS = ["--max-semi-space-size=4"];

/** A real backend of its own process; resolves when it serves. */
export const startBackend = async (store: TemporaryStore, key: string): Promise<BackendProcess> => {
  const backend = spawn(process.execPath, [...NODE_ARGS, MAIN], {
    env: {
      CHAPTERHOUSE_PORT: "0",
      CHAPTERHOUSE_API_KEY: key,
      POCKETBASE_URL: store.url,
      POCKETBASE_PASSWORD: store.passwords.backend,
      LOG_LEVEL: "info",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const messages: string[] = [];
  createInterface(backend.stderr).on("line", (line) => messages.push(line));
  const [line] = (await once(createInterface(backend.stdout), "line")) as [string];
  const rss = () => Number(execFileSync("ps", ["-o", "rss=", "-p", String(backend.pid)], { encoding: "utf8" })) / 1024;
  return { url: line.replace("ready ", ""), process: backend, rss, messages };
};
