import { ChapterhouseError, VOICES } from "@chapterhouse/domain";
import type { SpeechEngine } from "../engine.ts";
import { createThreads } from "../threads.ts";
import type { FliteReply, FliteRequest } from "./flite-thread.ts";
import { fliteText } from "./flite-text.ts";

/** LUFS of each voice over a chapter as it comes out of flite, by `bench/audio.ts --voice`. */
const LOUDNESS: ReadonlyMap<string, number> = new Map([
  ["flite:rms", -21.6],
  ["flite:slt", -16.3],
  ["flite:awb", -20.7],
  ["flite:kal16", -29.6],
]);

/** Memory grows with the length of one call (1.2 GB for a chapter), so no call is longer than a long sentence. */
const LONGEST_CHUNK = 400;

export interface FliteOptions {
  readonly timeoutMs?: number;
  readonly idleMs?: number;
  /** The thread's module; tests put one in its place. */
  readonly entry?: URL;
}

/** The embedded engine: English, offline, a thread of about 100 MB while there is something to say. */
export const createFliteEngine = (options: FliteOptions = {}): SpeechEngine => {
  const threads = createThreads<FliteRequest, FliteReply>({
    entry: options.entry ?? new URL("./flite-thread.ts", import.meta.url),
    size: 1,
    timeoutMs: options.timeoutMs ?? 30_000,
    idleMs: options.idleMs ?? 15_000,
  });
  return {
    id: "flite",
    voices: VOICES.filter((voice) => voice.engine === "flite").map((voice) => voice.id),
    limits: { fits: (text) => text.length <= LONGEST_CHUNK, packs: false },
    parallel: 2,
    loudnessOf: (voice) => LOUDNESS.get(voice) ?? null,
    readable: fliteText,
    synthesize: async ({ text, voice, signal }) => {
      const readable = fliteText(text);
      if (readable === "") throw new ChapterhouseError("TEXT_EMPTY", "There is nothing in this text that flite reads");
      const { pcm, sampleRate } = await threads.run({ text: readable, voice: voice.slice("flite:".length) }, signal);
      if (pcm.length === 0) throw new ChapterhouseError("ENGINE_EMPTY", "flite made no sound");
      return { pcm, sampleRate, words: [] };
    },
    close: () => threads.close(),
  };
};
