import { createMp3Encoder } from "wasm-media-encoders";
import { BLOCK_SAMPLES, scaleInto } from "./samples.ts";

/** kbit/s, constant: a player can then seek by bytes, and the length is the bytes' alone. */
const BITRATE_KBPS = 48;

/**
 * Samples that a decoder puts before the first one encoded: LAME's own delay (576) and the standard decoder's (529).
 * There is no LAME tag in our files, so no player takes them away.
 */
const CODEC_DELAY_SAMPLES = 576 + 529;

/** How much later than in the encoder's input a sound is heard in the file, in ms. */
export const codecDelayMs = (sampleRate: number): number => (CODEC_DELAY_SAMPLES / sampleRate) * 1000;

/** Length in ms of `bytes` of our MP3, as a decoder plays it: the encoder's delay and the last frame's padding too. */
export const mp3DurationMs = (bytes: number): number => (bytes * 8) / BITRATE_KBPS;

/** LAME turns its input down by this factor, unasked; turning it up before keeps what was measured. */
const LAME_SCALE = 0.95;

export interface Mp3Encoder {
  /** Best in blocks, which it keeps room for. Gives what is encoded and not given out yet; may be empty, since frames are made whole. The caller owns it. */
  encode(block: Float32Array): Uint8Array;
  finish(): Uint8Array;
}

/** LAME, mono, 48 kbit/s, no header but the frames' own. `sampleRate` is 16000, 22050 or 24000. */
export const openMp3Encoder = async (sampleRate: number): Promise<Mp3Encoder> => {
  const encoder = await createMp3Encoder();
  encoder.configure({ sampleRate, channels: 1, bitrate: BITRATE_KBPS });
  let louder = new Float32Array(BLOCK_SAMPLES);
  // The encoder answers with a view of its own memory, which the next call overwrites.
  return {
    encode: (block) => {
      if (louder.length < block.length) louder = new Float32Array(block.length);
      return encoder.encode([scaleInto(louder, block, 1 / LAME_SCALE)]).slice();
    },
    finish: () => encoder.finalize().slice(),
  };
};
