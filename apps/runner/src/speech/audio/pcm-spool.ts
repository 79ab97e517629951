import { open, rm } from "node:fs/promises";
import { BLOCK_SAMPLES, blocksOf } from "./samples.ts";

/** A file of 16-bit mono samples: a chapter's raw sound (2 MB a minute), kept out of memory for a second encoder pass. */
export interface PcmSpool extends AsyncDisposable {
  /** Samples so far. */
  readonly length: number;
  append(pcm: Float32Array): Promise<void>;
  /** All of it from the start, in blocks; each is good until the next. */
  read(): AsyncGenerator<Float32Array>;
}

export const createPcmSpool = async (path: string): Promise<PcmSpool> => {
  const file = await open(path, "w+");
  // Without a name it goes when it is closed, also by the end of a process that was killed.
  await rm(path);
  const stored = new Int16Array(BLOCK_SAMPLES);
  const loaded = new Float32Array(BLOCK_SAMPLES);
  let length = 0;
  return {
    get length() {
      return length;
    },
    append: async (pcm) => {
      for (const block of blocksOf(pcm)) {
        for (let i = 0; i < block.length; i += 1) stored[i] = Math.max(-1, Math.min(1, block[i] ?? 0)) * 32_767;
        await file.write(stored, 0, block.length * 2, length * 2);
        length += block.length;
      }
    },
    read: async function* () {
      for (let position = 0; position < length; position += BLOCK_SAMPLES) {
        const { bytesRead } = await file.read(stored, 0, stored.byteLength, position * 2);
        const samples = bytesRead / 2;
        for (let i = 0; i < samples; i += 1) loaded[i] = (stored[i] ?? 0) / 32_767;
        yield loaded.subarray(0, samples);
      }
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
};
