import { open, rm } from "node:fs/promises";

const BLOCK_SAMPLES = 65_536;

/** A file of 16-bit mono samples: a chapter's raw sound (2 MB a minute), kept out of memory for a second encoder pass. */
export interface PcmSpool extends AsyncDisposable {
  /** Samples so far. */
  readonly length: number;
  append(pcm: Float32Array): Promise<void>;
  /** All of it from the start, in blocks. */
  read(): AsyncGenerator<Float32Array>;
}

export const createPcmSpool = async (path: string): Promise<PcmSpool> => {
  const file = await open(path, "w+");
  // Without a name it goes when it is closed, also by the end of a process that was killed.
  await rm(path);
  let length = 0;
  return {
    get length() {
      return length;
    },
    append: async (pcm) => {
      const samples = new Int16Array(pcm.length);
      for (let i = 0; i < pcm.length; i += 1) samples[i] = Math.round(Math.max(-1, Math.min(1, pcm[i] ?? 0)) * 32_767);
      await file.write(samples, 0, samples.byteLength, length * 2);
      length += samples.length;
    },
    read: async function* () {
      const block = new Int16Array(BLOCK_SAMPLES);
      for (let position = 0; position < length;) {
        const { bytesRead } = await file.read(block, 0, block.byteLength, position * 2);
        if (bytesRead === 0) return;
        position += bytesRead / 2;
        yield new Float32Array(block.subarray(0, bytesRead / 2)).map((value) => value / 32_767);
      }
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
};
