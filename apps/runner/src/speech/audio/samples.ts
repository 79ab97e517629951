// Sound is walked by index and in blocks throughout this folder: iterators and callbacks box every sample, and an array
// a step lies about until the collector comes, which makes hundreds of megabytes a chapter.

/** Samples worked on at once. */
export const BLOCK_SAMPLES = 8192;

/** Every sample times `factor`, into `out`; gives the part of `out` that was filled. */
export const scaleInto = (out: Float32Array, pcm: Float32Array, factor: number): Float32Array => {
  for (let i = 0; i < pcm.length; i += 1) out[i] = (pcm[i] ?? 0) * factor;
  return out.subarray(0, pcm.length);
};

/** The highest amplitude. */
export const peak = (pcm: Float32Array): number => {
  let highest = 0;
  for (let i = 0; i < pcm.length; i += 1) highest = Math.max(highest, Math.abs(pcm[i] ?? 0));
  return highest;
};

/** Views of at most `BLOCK_SAMPLES` each. */
export const blocksOf = function* (pcm: Float32Array): Generator<Float32Array> {
  for (let at = 0; at < pcm.length; at += BLOCK_SAMPLES) yield pcm.subarray(at, at + BLOCK_SAMPLES);
};

/**
 * Gives the memory back at once. The collector sees sound as a few small objects and is in no hurry for them. Nothing
 * may read `pcm`, or another view of its buffer, after this.
 */
export const release = (pcm: Float32Array): void => {
  if (pcm.buffer instanceof ArrayBuffer) pcm.buffer.transfer(0);
};
