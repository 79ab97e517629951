import type { SpeechEngine } from "../../../src/speech/engine.ts";
import { join, silence, tone } from "./signals.ts";

const RATE = 16_000;

/** An engine that hums: 60 ms a character, with silence around it as real engines have. */
export const toneEngine = ({ dbfs = -20 } = {}): SpeechEngine => ({
  id: "flite",
  voices: ["flite:rms"],
  limits: { fits: (text) => text.length <= 200, packs: false },
  parallel: 2,
  loudnessOf: () => null,
  readable: (text) => (/[\p{L}\p{N}]/u.test(text) ? text : ""),
  synthesize: async ({ text, signal }) => {
    signal.throwIfAborted();
    const hum = tone({ rate: RATE, hz: 300, dbfs, seconds: text.length * 0.06 });
    return { pcm: join(silence(RATE, 0.2), hum, silence(RATE, 0.8)), sampleRate: RATE, words: [] };
  },
  close: async () => undefined,
});
