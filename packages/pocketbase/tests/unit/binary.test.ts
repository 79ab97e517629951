import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { locateBinary, verifyBinary } from "@chapterhouse/pocketbase";

test("a binary with other bytes is not started", async () => {
  const folder = await mkdtemp(join(tmpdir(), "chapterhouse-binary-"));
  const path = join(folder, "pocketbase");
  await writeFile(path, "not PocketBase");
  await expect(verifyBinary(path, "linux-x64")).rejects.toMatchObject({ code: "BINARY_UNTRUSTED" });
  await rm(folder, { recursive: true });
});

test("the operator's own binary is taken as it is, and must be there", async () => {
  expect(await locateBinary(process.execPath)).toBe(process.execPath);
  await expect(locateBinary("/nowhere/pocketbase")).rejects.toMatchObject({ code: "CONFIG_INVALID" });
});
