import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { ChapterhouseError } from "@chapterhouse/domain";
import { describe, expect, test } from "vitest";
import { inspectMp3 } from "../../../src/speech/audio/inspect.ts";
import type { SpeechEngine } from "../../../src/speech/engine.ts";
import { TARGET_LUFS } from "../../../src/speech/audio/mastering.ts";
import { narrateText } from "../../../src/speech/narrate.ts";
import { silence, tone } from "./signals.ts";
import { toneEngine } from "./tone-engine.ts";

const never = new AbortController().signal;
const TEXT = "One sentence here. And here a second one.\n***\nA new paragraph begins.";

const narrate = (engine: SpeechEngine, text = TEXT, extra = {}) =>
  narrateText({ text, voice: "flite:rms", engine, signal: never, ...extra });

const folders = async () => (await readdir(tmpdir())).filter((name) => name.startsWith("chapterhouse-narration-"));

describe("a text becomes one file", () => {
  test("whose length, loudness and pauses are as stated", async () => {
    await using spoken = await narrate(toneEngine());
    const heard = await inspectMp3(spoken.path);
    expect(heard.bytes).toBe(spoken.bytes);
    expect(Math.abs(heard.durationMs - spoken.durationMs)).toBeLessThan(2);
    expect(heard.loudnessLufs).toBeCloseTo(TARGET_LUFS, 0);
    expect(heard.errors).toBe(0);
    // The scene break between the paragraphs, and the codec's own edges.
    expect(heard.longestSilenceMs).toBeGreaterThan(800);
    expect(heard.longestSilenceMs).toBeLessThan(1100);
  });

  test("with a time for every sentence, in order, a scene break too", async () => {
    await using spoken = await narrate(toneEngine());
    expect(spoken.sentences.map(({ text }) => text)).toEqual([
      "One sentence here.",
      "And here a second one.",
      "***",
      "A new paragraph begins.",
    ]);
    const [first, second, scene, last] = spoken.sentences;
    expect(second!.startMs - first!.endMs).toBeCloseTo(300, -2);
    expect(scene!.startMs).toBe(scene!.endMs);
    expect(last!.startMs - second!.endMs).toBeCloseTo(900, -2);
    expect(last!.endMs).toBeLessThan(spoken.durationMs);
  });

  test.each([
    ["far too loud", -6],
    ["far too soft", -45],
  ])("at the target however the voice is: %s", async (_name, dbfs) => {
    await using spoken = await narrate(toneEngine({ dbfs }));
    const heard = await inspectMp3(spoken.path);
    expect(Math.abs(heard.loudnessLufs - TARGET_LUFS)).toBeLessThan(1);
    expect(heard.peakDbfs).toBeLessThan(-1);
  });

  test("again with the right gain when what was known of the voice is wrong", async () => {
    const wrong = { ...toneEngine({ dbfs: -20 }), loudnessOf: () => -50 };
    await using spoken = await narrate(wrong);
    expect(Math.abs(spoken.loudnessLufs - TARGET_LUFS)).toBeLessThan(0.6);
    const heard = await inspectMp3(spoken.path);
    expect(Math.abs(heard.durationMs - spoken.durationMs)).toBeLessThan(2);
  });

  test("and tells how far it is, and once when the first audio is there", async () => {
    const seen: string[] = [];
    await using _spoken = await narrate(toneEngine(), TEXT, {
      onProgress: (done: number, total: number) => seen.push(`${done}/${total}`),
      onFirstAudio: () => seen.push("audio"),
    });
    expect(seen.filter((entry) => entry !== "audio")).toEqual(["1/4", "2/4", "3/4", "4/4"]);
    expect(seen.filter((entry) => entry === "audio")).toEqual(["audio"]);
    expect(seen.indexOf("audio")).toBeLessThan(3);
  });

  test("which is gone once it is disposed of", async () => {
    const spoken = await narrate(toneEngine());
    expect(existsSync(spoken.path)).toBe(true);
    await spoken[Symbol.asyncDispose]();
    expect(existsSync(spoken.path)).toBe(false);
  });
});

describe("nothing is left behind when it fails", () => {
  const broken = (error: Error, after: number): SpeechEngine => {
    const engine = toneEngine();
    let calls = 0;
    return {
      ...engine,
      synthesize: async (request) => {
        calls += 1;
        if (calls > after) throw error;
        return engine.synthesize(request);
      },
    };
  };

  test.each([0, 2])("by an engine that fails after %i chunks", async (after) => {
    const before = await folders();
    const failure = new ChapterhouseError("ENGINE_TRUNCATED", "cut");
    await expect(narrate(broken(failure, after))).rejects.toBe(failure);
    expect(await folders()).toEqual(before);
  });

  test("by being aborted", async () => {
    const before = await folders();
    const stop = new AbortController();
    const reason = new ChapterhouseError("CANCELLED", "enough");
    const narration = narrate(toneEngine(), TEXT.repeat(50), {
      signal: stop.signal,
      onProgress: () => stop.abort(reason),
    });
    await expect(narration).rejects.toBe(reason);
    expect(await folders()).toEqual(before);
  });

  test.each<[string, string]>([
    ["no text", ""],
    ["marks only", "*** … —"],
    ["a script the engine cannot read", "山门在雾中。山门在雾中。He said."],
  ])("by %s", async (_name, text) => {
    const reads = (given: string) => given.replace(/[^\x20-\x7E]/g, "");
    await expect(narrate({ ...toneEngine(), readable: reads }, text)).rejects.toMatchObject({ code: "TEXT_EMPTY" });
  });

  test("by an engine that says nothing", async () => {
    const mute = {
      ...toneEngine(),
      synthesize: async () => ({ pcm: silence(16_000, 1), sampleRate: 16_000, words: [] }),
    };
    await expect(narrate(mute)).rejects.toMatchObject({ code: "ENGINE_EMPTY" });
  });

  test("by an engine that changes its sample rate", async () => {
    let rate = 16_000;
    const engine: SpeechEngine = {
      ...toneEngine(),
      synthesize: async () => {
        const sampleRate = rate;
        rate = 24_000;
        return { pcm: tone({ rate: sampleRate, hz: 300, dbfs: -20, seconds: 1 }), sampleRate, words: [] };
      },
    };
    await expect(narrate(engine)).rejects.toMatchObject({ code: "ENGINE_FAILED" });
  });
});
