import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A process that is kept running until `stop`. */
export interface Kept {
  readonly pid: number;
  /** What followed `ready` on its standard output. Rejects when it ends before it was ready. */
  readonly ready: Promise<string>;
  /** SIGTERM, and SIGKILL after `graceMs`; while it is still starting, too. */
  stop(graceMs: number): Promise<void>;
}

export interface ChildSpec {
  readonly name: string;
  /** A main file of one of the apps, run by this Node. */
  readonly script: URL;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What to set besides when it is started again, by what it said when it was ready first. */
  readonly envAgain?: (ready: string) => Readonly<Record<string, string>>;
  /** For Node itself, before the script. */
  readonly nodeArgs?: readonly string[];
  /** Told of every unwanted end and of every start after one. */
  readonly onTrouble: (message: string) => void;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** A child that lived this long starts its pauses anew. */
const HEALTHY_AFTER_MS = 60_000;

const start = (spec: ChildSpec): ChildProcess =>
  spawn(
    process.execPath,
    [
      ...(spec.nodeArgs ?? []),
      "--import",
      new URL("end-with-parent.ts", import.meta.url).href,
      fileURLToPath(spec.script),
    ],
    {
      env: spec.env,
      stdio: ["ignore", "pipe", "inherit", "ipc"],
      // A group of its own: a Ctrl-C is ours to pass on, in the right order.
      detached: process.platform !== "win32",
    },
  );

const ended = (child: ChildProcess) =>
  new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => resolve(signal ?? `code ${code}`));
    child.once("error", (error) => resolve(error.message));
  });

const readyLine = (child: ChildProcess) =>
  new Promise<string>((resolve) => {
    if (!child.stdout) return;
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.startsWith("ready ")) resolve(line.slice("ready ".length));
    });
  });

/** Starts a process and, once it was ready, starts it again whenever it ends unasked, with growing pauses. */
export const keepRunning = (spec: ChildSpec): Kept => {
  let child = start(spec);
  let end = ended(child);
  let stopping = false;
  let pauseTimer: NodeJS.Timeout | undefined;
  let pauseMs = FIRST_PAUSE_MS;

  const watch = async (again: ChildSpec) => {
    const since = Date.now();
    const how = await end;
    if (stopping) return;
    pauseMs = Date.now() - since > HEALTHY_AFTER_MS ? FIRST_PAUSE_MS : Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    spec.onTrouble(`${spec.name} ended (${how}); starting it again in ${pauseMs / 1000} s`);
    pauseTimer = setTimeout(() => {
      child = start(again);
      end = ended(child);
      void watch(again);
    }, pauseMs);
  };
  const untilReady = async (): Promise<string> => {
    const first = await Promise.race([readyLine(child).then((ready) => ({ ready })), end.then((how) => ({ how }))]);
    if ("how" in first) throw new Error(`${spec.name} did not start (${first.how}); what it said stands above`);
    void watch({ ...spec, env: { ...spec.env, ...spec.envAgain?.(first.ready) } });
    return first.ready;
  };

  return {
    get pid() {
      return child.pid ?? 0;
    },
    ready: untilReady(),
    stop: async (graceMs) => {
      stopping = true;
      clearTimeout(pauseTimer);
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      const insist = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await end;
      clearTimeout(insist);
    },
  };
};
