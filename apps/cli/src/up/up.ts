import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readConfig } from "@chapterhouse/domain";
import { cliConfig } from "../config.ts";
import { type DemoSite, startDemoSite } from "../demo/demo-site.ts";
import { type Kept, keepRunning } from "./child.ts";
import {
  type DataFolder,
  dataFolder,
  forgetAdminPassword,
  leaveFolder,
  prepareSecrets,
  takeFolder,
} from "./data-folder.ts";
import { offerDemo } from "./offer-demo.ts";
import { requirePort } from "./require-port.ts";
import { type KeptStore, keepStore } from "./store.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface UpOptions {
  /** true: run the demo on an empty library without asking; false: never; undefined: ask, or run without a terminal. */
  readonly demo: boolean | undefined;
}

const say = (line: string) => process.stdout.write(`${line}\n`);
const complain = (line: string) => process.stderr.write(`${line}\n`);

const BACKEND = new URL("../../../backend/src/main.ts", import.meta.url);
const RUNNER = new URL("../../../runner/src/main.ts", import.meta.url);

/** Everything is to end within five seconds: runners give their tasks back first, the database goes last. */
const RUNNER_GRACE_MS = 3500;
const BACKEND_GRACE_MS = 2000;

/**
 * The backend writes events to many, and a runner works on sound, both in short-lived megabytes. A small nursery keeps
 * them small: 250 live clients cost the backend 18 MiB with it and 100 without, and nobody waits longer. For a runner a
 * low threshold for memory that goes back to the system at once is needed besides, to stay below 300 MB. The Dockerfile
 * sets the same.
 */
const NODE_ARGS = ["--max-semi-space-size=4"];
const RUNNER_MEMORY = { MALLOC_MMAP_THRESHOLD_: "131072" };

/** What the children see: the operator's own environment, and what `up` found or made. */
const childEnv = (env: Environment, folder: DataFolder, storeUrl: string, demoHost: string | null) => ({
  ...env,
  POCKETBASE_URL: storeUrl,
  LOG_LEVEL: env["LOG_LEVEL"] || "warn",
  SCRAPE_ALLOW: [env["SCRAPE_ALLOW"], demoHost].filter(Boolean).join(","),
  ...(!env["CHAPTERHOUSE_API_KEY"] && { CHAPTERHOUSE_API_KEY_FILE: folder.apiKey }),
});

const withAccount = (env: Environment, folder: DataFolder, role: "backend" | "runner"): Environment =>
  env["POCKETBASE_PASSWORD"] || env["POCKETBASE_PASSWORD_FILE"]
    ? env
    : { ...env, POCKETBASE_PASSWORD_FILE: join(folder.secrets, `${role}-password`) };

const greet = (url: string, folder: DataFolder, adminPassword: string | null) => {
  say(`ready ${url}`);
  if (!adminPassword) return;
  say("");
  say(`  Open     ${url}`);
  say("  Sign in  admin@chapterhouse.local");
  say(`  Password ${adminPassword}   (shown only this once)`);
  say("");
  say(`  Data     ${folder.root}`);
  say(`  API key  in ${folder.apiKey}`);
  say("");
};

/** Aborted by the first SIGINT, SIGTERM or SIGHUP; a second one ends this process at once. */
const stopSignal = (): AbortSignal => {
  const asked = new AbortController();
  const ask = () => {
    if (asked.signal.aborted) process.exit(130);
    asked.abort();
  };
  process.on("SIGINT", ask).on("SIGTERM", ask).on("SIGHUP", ask);
  return asked.signal;
};

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });

/** The port of the demo's site when it was run before: the demo book's address holds it. */
const demoPort = async (portFile: string): Promise<number> => Number(await readFile(portFile, "utf8").catch(() => "0"));

const stopAll = async (processes: {
  runners: Kept[];
  backend: Kept | null;
  store: KeptStore | null;
  site: DemoSite | null;
}) => {
  await Promise.all([
    ...processes.runners.map((runner) => runner.stop(RUNNER_GRACE_MS)),
    processes.backend?.stop(BACKEND_GRACE_MS),
    processes.site?.close(),
  ]);
  await processes.store?.stop();
};

/**
 * Runs Chapterhouse on this machine until it is asked to stop: PocketBase (unless POCKETBASE_URL names one), the
 * backend and the runners. Prints `ready http://HOST:PORT` once all of it works.
 * Throws `CONFIG_INVALID`, `BINARY_UNTRUSTED` or `STORE_UNREACHABLE` when it cannot start.
 */
export const up = async (options: UpOptions, env: Environment): Promise<void> => {
  const config = readConfig(cliConfig, env);
  const folder = dataFolder(config.CHAPTERHOUSE_DATA);
  await takeFolder(folder);
  const stop = stopSignal();
  const running: Parameters<typeof stopAll>[0] = { runners: [], backend: null, store: null, site: null };
  try {
    const { adminPassword } = await prepareSecrets(folder, !config.POCKETBASE_URL);
    const portFile = join(folder.root, "demo-port");
    running.site = options.demo === false ? null : await startDemoSite({ port: await demoPort(portFile) });
    running.store = config.POCKETBASE_URL
      ? { url: config.POCKETBASE_URL, stop: () => Promise.resolve() }
      : await keepStore({ folder, binary: config.POCKETBASE_BIN, onTrouble: complain });
    const shared = childEnv(env, folder, running.store.url, running.site?.hostPort ?? null);
    await requirePort(config.CHAPTERHOUSE_HOST, config.CHAPTERHOUSE_PORT);
    running.backend = keepRunning({
      name: "The backend",
      script: BACKEND,
      nodeArgs: NODE_ARGS,
      env: withAccount(shared, folder, "backend"),
      // Where port 0 found one, everybody knows that one by now.
      envAgain: (ready) => ({ CHAPTERHOUSE_PORT: new URL(ready).port }),
      onTrouble: complain,
    });
    running.runners = Array.from({ length: config.RUNNERS }, (_, index) =>
      keepRunning({
        name: `Runner ${index + 1}`,
        script: RUNNER,
        nodeArgs: NODE_ARGS,
        env: { ...withAccount(shared, folder, "runner"), ...RUNNER_MEMORY },
        onTrouble: complain,
      }),
    );
    const started = Promise.all([running.backend, ...running.runners].map(({ ready }) => ready));
    // Asked to stop before all are ready: those that never would be must not keep it waiting.
    const [url] = (await Promise.race([started, aborted(stop)])) ?? [];
    if (url !== undefined) {
      await writeFile(folder.url, `${url}\n`);
      greet(url, folder, adminPassword);
      if (adminPassword) await forgetAdminPassword(folder);
      if (running.site) {
        const apiKey = config.CHAPTERHOUSE_API_KEY ?? (await readFile(folder.apiKey, "utf8")).trim();
        const ask = options.demo === undefined;
        void offerDemo({ url, apiKey, site: running.site, ask, portFile, say, signal: stop });
      }
    }
    await aborted(stop);
    complain("Stopping …");
  } finally {
    await stopAll(running);
    await leaveFolder(folder);
  }
};
