import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Status } from "@chapterhouse/domain";
import { startTemporaryStore } from "@chapterhouse/pocketbase";
import { expect, test } from "vitest";
import { startSystem } from "./start-system.ts";

test("with a PocketBase of the operator's own, up starts none, makes a key, and leaves it running", async () => {
  await using store = await startTemporaryStore();
  const dataDir = await mkdtemp(join(tmpdir(), "chapterhouse-own-store-"));
  await cp(join(store.folder, "secrets"), join(dataDir, "secrets"), { recursive: true });
  await rm(join(dataDir, "secrets", "admin-password"));
  const system = await startSystem({ dataDir, env: { POCKETBASE_URL: store.url } });
  const status = (await system.call<Status>("GET", "/api/status")).body;
  expect(status.runners.alive).toBe(1);
  expect(system.output.join("\n")).not.toContain("Password");
  expect((await system.stop()).code).toBe(0);
  expect((await fetch(`${store.url}/api/health`)).status).toBe(200);
  await rm(dataDir, { recursive: true });
});
