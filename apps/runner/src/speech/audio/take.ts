import { open } from "node:fs/promises";
import { Limiter } from "./limiter.ts";
import { LoudnessMeter } from "./loudness.ts";
import { mp3DurationMs, openMp3Encoder } from "./mp3-encoder.ts";
import { BLOCK_SAMPLES, blocksOf, scaleInto } from "./samples.ts";

/** Amplitude that no sample passes: −3 dBFS, since a lossy codec gives peaks back up to 2 dB higher. */
const CEILING = 10 ** (-3 / 20);

export interface FinishedTake {
  readonly bytes: number;
  readonly durationMs: number;
  /** Integrated loudness of what was encoded; −Infinity when it was too short or too soft to have one. */
  readonly loudnessLufs: number;
}

/** One pass of a chapter through gain, limiter and encoder into a file. */
export interface Take {
  /** Bytes in the file so far. */
  readonly bytes: number;
  add(pcm: Float32Array): Promise<void>;
  finish(): Promise<FinishedTake>;
  /** Closes the file; safe to call after `finish`. */
  close(): Promise<void>;
}

export const openTake = async (path: string, sampleRate: number, gainDb: number): Promise<Take> => {
  const encoder = await openMp3Encoder(sampleRate);
  const limiter = new Limiter(sampleRate, CEILING);
  const meter = new LoudnessMeter(sampleRate);
  const scaled = new Float32Array(BLOCK_SAMPLES);
  const factor = 10 ** (gainDb / 20);
  const file = await open(path, "w");
  let bytes = 0;
  let isOpen = true;

  const write = async (encoded: Uint8Array): Promise<void> => {
    if (encoded.length === 0) return;
    await file.write(encoded);
    bytes += encoded.length;
  };
  const encode = async (block: Float32Array): Promise<void> => {
    meter.add(block);
    await write(encoder.encode(block));
  };
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await file.close();
  };
  return {
    get bytes() {
      return bytes;
    },
    add: async (pcm) => {
      for (const block of blocksOf(pcm)) await encode(limiter.push(scaleInto(scaled, block, factor)));
    },
    finish: async () => {
      await encode(limiter.flush());
      await write(encoder.finish());
      await close();
      return { bytes, durationMs: mp3DurationMs(bytes), loudnessLufs: meter.integrated() };
    },
    close,
  };
};
