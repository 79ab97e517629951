import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PAYLOADS } from "@chapterhouse/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadCrontab } from "../../../src/cron/cron-items.ts";
import { parseCronItems } from "../../../src/cron/cron-spec.ts";
import { cronTask } from "../../../src/cron/firings.ts";

describe("a crontab file", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "crontab-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("is read", async () => {
    const file = join(folder, "crontab");
    await writeFile(file, "# ours\n0 3 * * * rollup ?tz=Europe/Berlin\n");
    expect(await loadCrontab(file)).toMatchObject([{ kind: "rollup", timeZone: "Europe/Berlin" }]);
  });

  test("that is broken is wrong configuration, which says what and where", async () => {
    const file = join(folder, "broken");
    await writeFile(file, "0 3 * * *\n");
    await expect(loadCrontab(file)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining(`${file}: Crontab, line 1, column 1`),
      details: { problems: [{ line: 1, column: 1 }] },
    });
  });

  test("that is not there has no items where it may be missing, and is wrong configuration elsewhere", async () => {
    const file = join(folder, "nowhere");
    expect(await loadCrontab(file, { optional: true })).toEqual([]);
    await expect(loadCrontab(file)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    await expect(loadCrontab(folder, { optional: true })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });
});

test("payloads of our kinds let cron's mark pass: a strict schema would fail every such task", () => {
  const payload = { url: "https://novels.example/book/1" };
  const [spec] = parseCronItems([{ kind: "scrape.book", schedule: "0 3 * * *", payload }]);
  if (!spec) throw new Error("no item");
  const task = cronTask(spec, 0, true);
  expect(task.payload).toEqual({ ...payload, _cron: { ts: "1970-01-01T00:00:00.000Z", backfilled: true } });
  expect(PAYLOADS["scrape.book"].parse(task.payload)).toEqual(payload);
  for (const schema of Object.values(PAYLOADS)) {
    const issues = schema.safeParse(task.payload).error?.issues ?? [];
    expect(issues.map(({ code }) => code)).not.toContain("unrecognized_keys");
  }
});
