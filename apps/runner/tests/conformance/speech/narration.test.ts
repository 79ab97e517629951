import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { inspectMp3 } from "../../../src/speech/audio/inspect.ts";
import { createEdgeEngine } from "../../../src/speech/edge/edge-engine.ts";
import { createFliteEngine } from "../../../src/speech/flite/flite-engine.ts";
import { narrateText } from "../../../src/speech/narrate.ts";
import type { SpokenNarration } from "../../../src/speech/narrate.ts";
import { verifyNarration } from "../../../src/speech/verify.ts";
import { startFakeEdgeService } from "./fake-edge-service.ts";

const TEXT = [
  "Mr. Harrow had kept the mill for forty years, and nobody could remember who kept it before.",
  "“Why?” asked the girl — she couldn’t have been more than nine. He looked at the river… “Because,” he said, “nobody else would.”",
  "***",
  "The rain began at noon. By evening the lower fields were under water, and the road to St. Alban’s was gone.",
].join("\n");

const signal = new AbortController().signal;

const expectWhole = async (spoken: SpokenNarration): Promise<void> => {
  const heard = await inspectMp3(spoken.path);
  expect(Math.abs(heard.durationMs / spoken.durationMs - 1)).toBeLessThan(0.01);
  expect(Math.abs(heard.loudnessLufs + 19)).toBeLessThan(1);
  expect(Math.abs(heard.loudnessLufs - spoken.loudnessLufs)).toBeLessThan(0.2);
  expect(heard.peakDbfs).toBeLessThan(-1);
  expect(heard.longestSilenceMs).toBeLessThan(3000);
  expect(spoken.sentences).toHaveLength(6);
  let before = 0;
  for (const { text, startMs, endMs } of spoken.sentences) {
    expect(TEXT).toContain(text);
    expect(startMs).toBeGreaterThanOrEqual(before);
    expect(endMs).toBeGreaterThanOrEqual(startMs);
    before = endMs;
  }
  expect(before).toBeLessThanOrEqual(spoken.durationMs);
};

test.each(["flite:rms", "flite:slt", "flite:awb", "flite:kal16"])("a text spoken by %s", async (voice) => {
  const engine = createFliteEngine();
  try {
    await using spoken = await narrateText({ text: TEXT, voice, engine, signal });
    await expect(verifyNarration(spoken, engine.readable(TEXT), signal)).resolves.toBeUndefined();
    await expectWhole(spoken);
  } finally {
    await engine.close();
  }
});

test("a text spoken by Edge, in several requests", async () => {
  await using service = await startFakeEdgeService();
  const engine = createEdgeEngine({ url: service.url });
  try {
    await using spoken = await narrateText({ text: TEXT, voice: "edge:en-GB-SoniaNeural", engine, signal });
    await expect(verifyNarration(spoken, engine.readable(TEXT), signal)).resolves.toBeUndefined();
    await expectWhole(spoken);
    expect(service.spoken.length).toBeGreaterThan(1);
    expect(service.spoken[0]?.length).toBeLessThanOrEqual(250);
  } finally {
    await engine.close();
  }
});

test("a narration that is aborted in the middle of a sentence ends flite's thread", async () => {
  const threads: Worker[] = [];
  const note = (message: unknown) => void threads.push((message as { worker: Worker }).worker);
  subscribe("worker_threads", note);
  const engine = createFliteEngine();
  const stop = new AbortController();
  try {
    const spoken = narrateText({
      text: `${TEXT}\n`.repeat(50),
      voice: "flite:rms",
      engine,
      signal: stop.signal,
      // The next sentence is under way by then: two are always asked for.
      onProgress: () => stop.abort(new Error("enough")),
    });
    await expect(spoken).rejects.toThrow("enough");
    const [thread, ...others] = threads;
    expect(others).toEqual([]);
    if (thread && thread.threadId !== -1) await once(thread, "exit");
    expect(thread?.threadId).toBe(-1);
  } finally {
    unsubscribe("worker_threads", note);
    await engine.close();
  }
});
