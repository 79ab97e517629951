import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { between, type Random } from "./random.ts";
import type { RunnerSettings } from "./runner-settings.ts";
import type { Pace } from "./settings.ts";

const RUNNER = fileURLToPath(new URL("runner.ts", import.meta.url));
const HOUR_MS = 3_600_000;

export interface FleetOptions {
  readonly random: Random;
  readonly folder: string;
  readonly password: string;
  /** Where a new runner connects to. */
  readonly url: () => string;
  readonly onTrouble: (line: string) => void;
}

export interface Runner {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly pace: Pace;
  isStopped: boolean;
  /** How the clock of the one that replaces it will be. */
  next: Clock;
}

interface Clock {
  readonly skewMs: number;
  readonly skewAfterMs: number;
}

const TRUE_CLOCK: Clock = { skewMs: 0, skewAfterMs: 0 };

/** The runner processes: each one that dies is replaced at once by another. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #runners = new Set<Runner>();
  #started = 0;
  #isClosing = false;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Those that are neither dead nor stopped. */
  get awake(): readonly Runner[] {
    return [...this.#runners].filter(({ isStopped }) => !isStopped);
  }

  start(pace: Pace, clock: Clock = TRUE_CLOCK): Runner {
    const { random, folder, password, url, onTrouble } = this.#options;
    this.#started += 1;
    const settings: RunnerSettings = {
      url: url(),
      password,
      journal: join(folder, `runner-${this.#started}.jsonl`),
      seed: between(random, 1, 1e9),
      pace,
      ...clock,
    };
    const child = spawn(process.execPath, [RUNNER], { stdio: ["pipe", "ignore", "pipe"] });
    const runner: Runner = { child, pid: child.pid ?? 0, pace, isStopped: false, next: TRUE_CLOCK };
    this.#runners.add(runner);
    child.stderr?.on("data", (bytes: Buffer) => onTrouble(bytes.toString()));
    child.once("exit", (code, signal) => {
      this.#runners.delete(runner);
      if (code !== 0 && signal !== "SIGKILL" && signal !== "SIGTERM")
        onTrouble(`a runner ended by itself: ${signal ?? code}`);
      if (!this.#isClosing) this.start(pace, runner.next);
    });
    child.stdin?.end(JSON.stringify(settings));
    return runner;
  }

  /** Stops it as a deployment would; the clock of the one that replaces it jumps soon after its start. */
  replaceSkewed(runner: Runner): void {
    const { random } = this.#options;
    runner.next = { skewMs: between(random, -HOUR_MS, HOUR_MS), skewAfterMs: between(random, 0, 10_000) };
    runner.child.kill("SIGTERM");
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.all(
      [...this.#runners].map(async ({ child, isStopped }) => {
        const gone = once(child, "exit");
        child.kill(isStopped ? "SIGKILL" : "SIGTERM");
        const insist = setTimeout(() => child.kill("SIGKILL"), 10_000);
        await gone;
        clearTimeout(insist);
      }),
    );
  }
}
