import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "@chapterhouse/domain";
import { afterAll, describe, expect, test } from "vitest";
import { backendConfig, readSecret } from "../../src/config.ts";

const folder = mkdtempSync(join(tmpdir(), "backend-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (content: string) => {
  const path = join(folder, String(content.length));
  writeFileSync(path, content);
  return path;
};

describe("a secret", () => {
  test("is the text, else what the file holds, else nothing", () => {
    const file = fileOf("a secret of the file\n");
    expect(readSecret("a secret of the text", file)).toBe("a secret of the text");
    expect(readSecret(undefined, file)).toBe("a secret of the file");
    expect(readSecret(undefined, undefined)).toBeNull();
  });

  test.each([
    ["missing", join(folder, "nowhere")],
    ["empty", fileOf("\n")],
    ["too short to be one", fileOf("short\n")],
  ])("in a file that is %s stops the start", (_what, file) => {
    expect(() => readSecret(undefined, file)).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  });
});

test("every variable but POCKETBASE_URL has a default or may be left out", () => {
  const config = readConfig(backendConfig, { POCKETBASE_URL: "http://127.0.0.1:8090" });
  expect(config).toMatchObject({ CHAPTERHOUSE_HOST: "127.0.0.1", CHAPTERHOUSE_PORT: 8080, SCRAPE_MIN_GAP_MS: 1000 });
  expect(() => readConfig(backendConfig, {})).toThrow(/POCKETBASE_URL/);
});
