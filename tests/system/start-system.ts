import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type NovelSite, type SiteOptions, startNovelSite } from "../site/novel-site.ts";

const CLI = fileURLToPath(new URL("../../apps/cli/src/main.ts", import.meta.url));

export interface SystemOptions {
  readonly site?: SiteOptions;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Least time between requests to one site; default 0, so that tests do not wait. */
  readonly minGapMs?: number;
  /** A data folder that was used before; left in place by `stop`. */
  readonly dataDir?: string;
}

/** The whole of Chapterhouse as `up` runs it, on a data folder of its own, and a site to scrape. */
export interface System extends AsyncDisposable {
  readonly url: string;
  readonly dataDir: string;
  readonly process: ChildProcess;
  readonly admin: { readonly email: string; readonly password: string };
  readonly apiKey: string;
  readonly site: NovelSite;
  /** All that `up` printed on standard output. */
  readonly output: string[];
  /** Calls the REST API with the admin's key. The answer's body is parsed where it is JSON. */
  call<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T; headers: Headers }>;
  /** Polls `read` until `done` says so. Rejects after `withinMs` with the last value. */
  until<T>(read: () => Promise<T>, done: (value: T) => boolean, withinMs?: number): Promise<T>;
  stop(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

const until: System["until"] = async (read, done, withinMs = 60_000) => {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await read();
    if (done(value)) return value;
    if (Date.now() > deadline)
      throw new Error(`Not within ${withinMs} ms; last: ${JSON.stringify(value)?.slice(0, 2000)}`);
    await new Promise((tick) => setTimeout(tick, 50));
  }
};

const caller =
  (url: string, apiKey: string): System["call"] =>
  async (method, path, body) => {
    const headers: Record<string, string> = { authorization: `Bearer ${apiKey}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    const answer = await fetch(url + path, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const json = answer.headers.get("content-type")?.includes("json") ?? false;
    return { status: answer.status, body: (json ? JSON.parse(text) : text) as never, headers: answer.headers };
  };

/** Starts `up` in a process of its own. Everything it opened ends with `stop`. */
export const startSystem = async (options: SystemOptions = {}): Promise<System> => {
  const site = await startNovelSite(options.site);
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "chapterhouse-system-")));
  const child = spawn(process.execPath, [CLI, "up", "--no-demo", ...(options.args ?? [])], {
    env: {
      ...process.env,
      CHAPTERHOUSE_DATA: dataDir,
      CHAPTERHOUSE_PORT: "0",
      SCRAPE_ALLOW: site.hostPort,
      SCRAPE_MIN_GAP_MS: String(options.minGapMs ?? 0),
      LOG_LEVEL: "error",
      ...options.env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output: string[] = [];
  const complaints: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => complaints.push(line));
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      output.push(line);
      const ready = output.find((said) => said.startsWith("ready "));
      // A first start says the password after its ready line.
      if (ready && (options.dataDir || line.includes("Password"))) resolve(ready.slice("ready ".length));
    });
    void ended.then(({ code }) =>
      reject(new Error(`up ended with ${code}:\n${[...output, ...complaints].join("\n")}`)),
    );
  });
  const password = /Password\s+(\S+)/.exec(output.join("\n"))?.[1] ?? "";
  const apiKey = (await readFile(join(dataDir, "api-key"), "utf8")).trim();
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    const how = await ended;
    await site.close();
    if (!options.dataDir) await rm(dataDir, { recursive: true, force: true });
    return how;
  };
  return {
    url,
    dataDir,
    process: child,
    admin: { email: "admin@chapterhouse.local", password },
    apiKey,
    site,
    output,
    call: caller(url, apiKey),
    until,
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
};
