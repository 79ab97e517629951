import { execFile, spawnSync } from "node:child_process";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { TemporaryStore } from "@chapterhouse/pocketbase";
import type { Fleet, Runner } from "./fleet.ts";
import type { Journal } from "./journal.ts";
import type { Proxy } from "./proxy.ts";
import { between, oneOf, type Random } from "./random.ts";
import type { ChaosSettings, Faults } from "./settings.ts";
import { databaseOf } from "./witness.ts";

export interface Scene {
  readonly settings: ChaosSettings;
  readonly random: Random;
  readonly store: TemporaryStore;
  readonly fleet: Fleet;
  readonly proxy: Proxy;
  readonly journal: Journal;
}

type Fault = (scene: Scene) => Promise<void>;

const run = promisify(execFile);
const DISK_FULL_MS = 2500;
const WRITER_MS = 2500;

/** With the default lease now and then, with a short one mostly. */
const victim = ({ fleet, random }: Scene): Runner | undefined => oneOf(random, fleet.awake);

const note = ({ journal, settings }: Scene, fault: keyof Faults, runner?: Runner): void => {
  const facts = runner ? { pid: runner.pid, leaseMs: runner.pace.leaseMs } : {};
  journal.write({ type: "fault", fault, ...facts });
  settings.say(`${fault}${runner ? ` ${runner.pid} (lease ${runner.pace.leaseMs} ms)` : ""}`);
};

/** Whether `limitFiles` works here: Linux with util-linux. */
export const canLimitFiles = (): boolean => spawnSync("prlimit", ["--version"]).status === 0;

/**
 * Limits the files that the process writes to. With "0" every write fails as on a full disk (EFBIG for ENOSPC), and
 * nobody has to be root for it; "unlimited" lifts it.
 */
export const limitFiles = async (pid: number, size: "0" | "unlimited"): Promise<void> => {
  await run("prlimit", ["--pid", `${pid}`, `--fsize=${size}:unlimited`]);
};

/** Someone else's write transaction, which changes nothing. */
const holdWriteLock = async (folder: string, ms: number): Promise<void> => {
  const database = new DatabaseSync(databaseOf(folder));
  try {
    database.exec("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE");
    await sleep(ms);
    database.exec("ROLLBACK");
  } finally {
    database.close();
  }
};

const FAULTS: Readonly<Record<keyof Faults, Fault>> = {
  runnerKills: async (scene) => {
    const runner = victim(scene);
    if (!runner) return;
    note(scene, "runnerKills", runner);
    runner.child.kill("SIGKILL");
  },
  zombies: async (scene) => {
    const runner = victim(scene);
    if (!runner) return;
    note(scene, "zombies", runner);
    runner.isStopped = true;
    runner.child.kill("SIGSTOP");
    // Longer than its lease and a round of the reaper, so that its tasks are someone else's when it wakes.
    await sleep(runner.pace.leaseMs * 1.25 + runner.pace.reapMs * 1.5);
    runner.child.kill("SIGCONT");
    runner.isStopped = false;
  },
  clockJumps: async (scene) => {
    const runner = victim(scene);
    if (!runner) return;
    note(scene, "clockJumps", runner);
    scene.fleet.replaceSkewed(runner);
  },
  halfOpen: async (scene) => {
    note(scene, "halfOpen");
    scene.proxy.silence();
    await sleep(Math.max(...scene.settings.fleets.map(({ pace }) => pace.leaseMs)) * 1.25);
    scene.proxy.hear();
  },
  storeKills: async (scene) => {
    note(scene, "storeKills");
    await scene.store.kill();
    await sleep(between(scene.random, 0, 1500));
    await scene.store.restart();
  },
  diskFull: async (scene) => {
    if (!canLimitFiles()) return scene.settings.say("no full disk: there is no prlimit here");
    note(scene, "diskFull");
    await limitFiles(scene.store.pid, "0");
    await sleep(DISK_FULL_MS);
    await limitFiles(scene.store.pid, "unlimited");
  },
  slowWriter: async (scene) => {
    note(scene, "slowWriter");
    await holdWriteLock(scene.store.folder, WRITER_MS);
  },
};

/** These change PocketBase's process: one at a time. */
const OF_THE_STORE: ReadonlySet<keyof Faults> = new Set(["storeKills", "diskFull", "slowWriter"]);

/** When each fault happens, from 5 to 85 percent of the run, each kind spread over it. */
const schedule = ({ settings, random }: Scene): { readonly fault: keyof Faults; readonly atMs: number }[] =>
  Object.entries(settings.faults)
    .flatMap(([fault, count]) =>
      Array.from({ length: count }, (_, index) => ({
        fault: fault as keyof Faults,
        atMs: settings.seconds * 1000 * (0.05 + (0.8 * (index + random())) / count),
      })),
    )
    .toSorted((a, b) => a.atMs - b.atMs);

/** Does all of it until `stop`, and resolves when the last has ended. */
export const doFaults = async (scene: Scene, stop: AbortSignal): Promise<void> => {
  const startedAt = performance.now();
  const underWay: Promise<void>[] = [];
  let store = Promise.resolve();
  for (const { fault, atMs } of schedule(scene)) {
    await sleep(Math.max(0, atMs - (performance.now() - startedAt)), undefined, { signal: stop }).catch(() => {});
    if (stop.aborted) break;
    if (OF_THE_STORE.has(fault)) {
      store = store.then(() => FAULTS[fault](scene));
      underWay.push(store);
    } else {
      underWay.push(FAULTS[fault](scene));
    }
  }
  await Promise.all(underWay);
};
