import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const CLI = fileURLToPath(new URL("../../apps/cli/src/main.ts", import.meta.url));

/** `up` on a folder of its own. Inherits nothing that could keep a pipe open after its end. */
const startUp = async (env: Readonly<Record<string, string>>) => {
  const folder = await mkdtemp(join(tmpdir(), "chapterhouse-start-"));
  const child: ChildProcess = spawn(process.execPath, [CLI, "up", "--no-demo"], {
    env: { ...process.env, CHAPTERHOUSE_DATA: folder, CHAPTERHOUSE_PORT: "0", LOG_LEVEL: "silent", ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  // All of it has ended when nobody holds its standard error any more: its children inherit that.
  const ended = once(child, "close").then(([code]) => code as number | null);
  return { child, folder, ended, said: () => said };
};

/** Answers every request with `status`, as something that is not PocketBase does. */
const startServer = async (status: number) => {
  const asked = Promise.withResolvers<void>();
  const server = createServer((_, response) => {
    asked.resolve();
    response.writeHead(status).end("{}");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return { port, asked: asked.promise, close: () => server.close().closeAllConnections() };
};

test("a taken port is named with what to do, and nothing stays behind", async () => {
  const taken = await startServer(404);
  const up = await startUp({ CHAPTERHOUSE_PORT: String(taken.port) });
  expect(await up.ended).toBe(2);
  expect(up.said()).toMatch(new RegExp(`CONFIG_INVALID: Port ${taken.port} .*CHAPTERHOUSE_PORT`));
  taken.close();
  await rm(up.folder, { recursive: true });
});

test("a part that cannot start ends all of it", async () => {
  // The runner refuses its configuration while the backend starts.
  const up = await startUp({ RUNNER_CONCURRENCY: "0" });
  expect(await up.ended).toBe(1);
  expect(up.said()).toContain("Runner 1 did not start");
  await rm(up.folder, { recursive: true });
});

test("it stops while it still starts", async () => {
  // A runner waits for its PocketBase for as long as nobody stops it.
  const store = await startServer(503);
  const up = await startUp({ POCKETBASE_URL: `http://127.0.0.1:${store.port}` });
  await store.asked;
  up.child.kill("SIGTERM");
  expect(await up.ended).toBe(0);
  store.close();
  await rm(up.folder, { recursive: true });
});
