import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Runner } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import { startSystem } from "./start-system.ts";

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Every process below `pid`, by the system's table. */
const descendants = (pid: number): number[] => {
  const table = execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    table.filter(([, ppid]) => ppid === parent).flatMap(([child = 0]) => [child, ...below(child)]);
  return below(pid);
};

test("stopped, it leaves nothing running", async () => {
  const system = await startSystem({ env: { RUNNERS: "2" } });
  const pids = descendants(system.process.pid ?? 0);
  expect(pids.length).toBeGreaterThanOrEqual(4);
  const { code } = await system.stop();
  expect(code).toBe(0);
  expect(pids.filter(alive)).toEqual([]);
});

test("a backend that dies comes back at its address", async () => {
  await using system = await startSystem();
  const commandOf = (pid: number) => execFileSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" });
  const backend = descendants(system.process.pid ?? 0).find((pid) => commandOf(pid).includes("backend/src/main.ts"));
  expect(backend).toBeDefined();
  process.kill(backend ?? 0, "SIGKILL");
  const health = () =>
    fetch(`${system.url}/health`).then(
      ({ status }) => status,
      () => null,
    );
  await system.until(health, (status) => status === null);
  await system.until(health, (status) => status === 200, 15_000);
});

test("killed outright, its children end by themselves and the next start takes the folder over", async () => {
  const system = await startSystem();
  const { items } = (await system.call<{ items: Runner[] }>("GET", "/api/runners")).body;
  const { pocketbasePid, pocketbaseUrl } = JSON.parse(await readFile(join(system.dataDir, "up.json"), "utf8"));
  expect((await fetch(`${pocketbaseUrl}/api/health`)).status).toBe(200);
  const children = items.map(({ pid }) => pid);
  system.process.kill("SIGKILL");
  await system.until(
    () => Promise.resolve(children.filter(alive)),
    (left) => left.length === 0,
    15_000,
  );
  const next = await startSystem({ dataDir: system.dataDir });
  expect(alive(pocketbasePid)).toBe(false);
  expect((await next.call("GET", "/ready")).status).toBe(200);
  expect(next.output.join("\n")).not.toContain("Password");
  await next.stop();
  await system.stop();
});
