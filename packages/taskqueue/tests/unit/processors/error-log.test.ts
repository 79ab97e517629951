import { expect, test } from "vitest";
import { errorLogText, readErrorLog } from "../../../src/index.ts";
import { Stage } from "./flow-under-test.ts";

const line = { at: "2026-01-01T00:00:02.000Z", attempt: 1, code: "STEP_FAILED", message: "no space left", stack: null };

test("the text has an entry for each failed attempt, the oldest first", () => {
  const stack = "Error: no space left\n    at Video.processStep (video.ts:12:9)\n";
  const earlier = { ...line, at: "2026-01-01T00:00:00.000Z", code: null, message: "it fell", attempt: 2, stack };
  expect(
    errorLogText([
      { step: "transcode", line },
      { step: null, line: earlier },
    ]),
  ).toBe(
    [
      "2026-01-01T00:00:00.000Z attempt 2: it fell (INTERNAL)",
      "Error: no space left",
      "    at Video.processStep (video.ts:12:9)",
      "",
      "2026-01-01T00:00:02.000Z transcode, attempt 1: no space left (STEP_FAILED)",
    ].join("\n"),
  );
});

test("that of a flow has all failures of all steps and its own, crashes too, also once it is done", async () => {
  const stage = new Stage();
  const { queue } = stage.ports;
  const failures: Record<string, number> = { download: 1, upload: 3 };
  stage.flow.doing = (step) => {
    const left = failures[step] ?? 0;
    if (left === 0) return {};
    failures[step] = left - 1;
    return stage.flow.recoverable(step, `${step} broke`);
  };
  const id = await stage.add();
  await stage.run(["video"]);
  const card = { runner: "dying", kinds: ["video.step"], limit: 1, leaseMs: 1000 };
  await queue.claim(card);
  stage.time += 1000;
  await queue.reap(0);
  for (const ms of [0, 2000, 0, 2000, 4000]) await stage.after(ms);
  const text = await readErrorLog(stage.ports, await stage.find(id));
  // A crash is not counted as an attempt.
  const heads = text.split("\n").filter((one) => one.startsWith("2026-"));
  expect(heads).toEqual([
    expect.stringMatching(/^2026-01-01T00:00:01.000Z download, attempt 1: .*\(CRASHED\)$/),
    "2026-01-01T00:00:01.000Z download, attempt 1: download broke (STEP_FAILED)",
    "2026-01-01T00:00:03.000Z upload, attempt 1: upload broke (STEP_FAILED)",
    "2026-01-01T00:00:05.000Z upload, attempt 2: upload broke (STEP_FAILED)",
    "2026-01-01T00:00:09.000Z upload, attempt 3: upload broke (STEP_FAILED)",
    "2026-01-01T00:00:09.000Z attempt 1: Of 4 steps these failed: upload (STEPS_FAILED)",
  ]);
  expect(text).toMatch(/\(STEP_FAILED\)\nError: upload broke\n {4}at .*flow-under-test\.ts/);
});

test("a task without a failure has none", async () => {
  const stage = new Stage();
  const id = await stage.add();
  await stage.run();
  expect(await readErrorLog(stage.ports, await stage.find(id))).toBe("");
});
