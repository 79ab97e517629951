import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { TemporaryStore } from "@chapterhouse/pocketbase";

const MAIN = fileURLToPath(new URL("../apps/runner/src/main.ts", import.meta.url));

export interface RunnerProcess {
  readonly id: string;
  readonly process: ChildProcess;
}

/** A real runner process that may read `hosts` (`host:port`) without a gap; resolves when it is ready. */
export const startRunner = async (
  store: TemporaryStore,
  hosts: readonly string[],
  program: string = MAIN,
): Promise<RunnerProcess> => {
  const runner = spawn(process.execPath, [program], {
    // oxlint-disable-next-line no-process-env -- a bench is its own main
    env: {
      ...process.env,
      POCKETBASE_URL: store.url,
      POCKETBASE_PASSWORD: store.passwords.runner,
      SCRAPE_ALLOW: hosts.join(" "),
      SCRAPE_MIN_GAP_MS: "0",
      LOG_LEVEL: "error",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await Promise.race([once(createInterface(runner.stdout), "line"), once(runner, "exit")])) as [
    unknown,
  ];
  if (typeof line === "string") return { id: line.replace("ready runner ", ""), process: runner };
  throw new Error("the runner ended before it was ready");
};
