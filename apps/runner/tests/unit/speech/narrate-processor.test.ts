import { existsSync } from "node:fs";
import { ChapterhouseError } from "@chapterhouse/domain";
import type { Chapter, Narration, Progress } from "@chapterhouse/domain";
import type { Library, NarrationDraft } from "@chapterhouse/library";
import type { TaskContext } from "@chapterhouse/taskqueue";
import { describe, expect, test } from "vitest";
import type { SpeechEngine } from "../../../src/speech/engine.ts";
import { NarrateProcessor } from "../../../src/speech/narrate-processor.ts";
import { stationOf } from "../../../src/speech/station.ts";
import { silence, tone, join } from "./signals.ts";
import { toneEngine } from "./tone-engine.ts";

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const VOICE = "flite:rms";
const fence = { taskId: "t1", lease: 7 };

const stored = {
  id: "c1",
  state: "stored",
  text: "It began at noon, as these things do. Nobody in the village had a name for it.",
  textHash: "abc",
} as Chapter;

/** The three methods that it uses; what was published is kept. */
const library = (chapter: Chapter | null, existing: Narration | null = null, refuse?: Error) => {
  const published: { draft: NarrationDraft; fence: unknown; fileWasThere: boolean }[] = [];
  const part: Pick<Library, "getChapter" | "findNarration" | "publishNarration"> = {
    getChapter: async () => chapter,
    findNarration: async (chapterId, voice, hash) =>
      existing && chapterId === "c1" && voice === VOICE && hash === "abc" ? existing : null,
    publishNarration: async (draft, fence) => {
      if (refuse) throw refuse;
      published.push({ draft, fence, fileWasThere: existsSync(draft.audio.path) });
      return { id: "n1", durationMs: draft.durationMs, bytes: 1234 } as Narration;
    },
  };
  return { library: part as Library, published };
};

const run = (on: Library, engine: SpeechEngine = toneEngine(), voice = VOICE) => {
  const progress: Progress[] = [];
  const context = {
    task: { continuation: false },
    fence,
    logger: quiet,
    log: quiet,
    signal: new AbortController().signal,
    progress: (step: Progress) => progress.push(step),
  } as unknown as TaskContext;
  const { handler } = new NarrateProcessor({ library: on, station: stationOf([engine]) });
  return { outcome: handler({ slug: "the-book", chapter: 3, voice }, context), progress };
};

describe("narrate.chapter", () => {
  test("publishes the chapter's narration under its fence and leaves no file", async () => {
    const { library: shelf, published } = library(stored);
    const { outcome, progress } = run(shelf);
    const durationMs = (await outcome).type === "done" ? published[0]?.draft.durationMs : undefined;
    expect(await outcome).toEqual({ type: "done", result: { narrationId: "n1", durationMs, bytes: 1234 } });
    expect(published).toHaveLength(1);
    const { draft, fence: carried, fileWasThere } = published[0]!;
    expect(carried).toEqual(fence);
    expect(fileWasThere).toBe(true);
    expect(existsSync(draft.audio.path)).toBe(false);
    expect(draft).toMatchObject({ chapterId: "c1", voice: VOICE, engine: "flite", textHash: "abc" });
    expect(draft.loudnessLufs).toBeCloseTo(-19, 0);
    expect(progress.at(-1)).toEqual({ done: 2, total: 2, unit: "sentences", message: "" });
  });

  test("speaks nothing when exactly this text is spoken already", async () => {
    const existing = { id: "n0", durationMs: 5, bytes: 6 } as Narration;
    const { library: shelf, published } = library(stored, existing);
    const mute = { ...toneEngine(), synthesize: () => Promise.reject(new Error("must not be asked")) };
    const { outcome } = run(shelf, mute);
    expect(await outcome).toEqual({ type: "done", result: { narrationId: "n0", durationMs: 5, bytes: 6 } });
    expect(published).toEqual([]);
  });

  test.each<[string, Chapter | null, string]>([
    ["no such chapter", null, "CHAPTER_NOT_FOUND"],
    ["a chapter without its text", { ...stored, state: "listed", textHash: null }, "CHAPTER_NOT_STORED"],
    ["a chapter of marks", { ...stored, text: "***" }, "TEXT_EMPTY"],
  ])("fails for %s", async (_name, chapter, code) => {
    const { outcome } = run(library(chapter).library);
    await expect(outcome).rejects.toMatchObject({ code });
  });

  test("fails for a voice that nobody here speaks", async () => {
    const { outcome } = run(library(stored).library, toneEngine(), "edge:xx-XX-NobodyNeural");
    await expect(outcome).rejects.toMatchObject({ code: "VOICE_UNKNOWN" });
  });

  test("passes on that the lease is lost, and leaves no file", async () => {
    const lost = new ChapterhouseError("LEASE_LOST", "too late");
    const { outcome } = run(library(stored, null, lost).library);
    await expect(outcome).rejects.toBe(lost);
  });

  const hum = (seconds: number) => tone({ rate: 16_000, hz: 300, dbfs: -20, seconds });
  test.each<[string, Float32Array, number]>([
    ["a long silence inside", join(hum(1), silence(16_000, 3.5), hum(1)), 3],
    ["hardly any audio for its text", hum(0.5), 12],
    ["a drone", hum(30), 3],
  ])("stores nothing that has %s", async (_name, pcm, sentences) => {
    const text = "Some words to be said aloud, and many more that nobody ever gets to hear. ".repeat(sentences);
    const { library: shelf, published } = library({ ...stored, text });
    const odd = { ...toneEngine(), synthesize: async () => ({ pcm: pcm.slice(), sampleRate: 16_000, words: [] }) };
    await expect(run(shelf, odd).outcome).rejects.toMatchObject({ code: "AUDIO_INVALID" });
    expect(published).toEqual([]);
  });
});
