/** −50 dBFS: breath and codec noise lie under it, the softest consonant over it. */
const QUIET = 10 ** (-50 / 20);
const WINDOW_MS = 10;
const MARGIN_MS = 20;
const FADE_MS = 4;

/** Root mean square of `pcm` from `start`, `length` samples at most. */
const level = (pcm: Float32Array, start: number, length: number): number => {
  const end = Math.min(pcm.length, start + length);
  let sum = 0;
  for (let i = start; i < end; i += 1) sum += (pcm[i] ?? 0) ** 2;
  return Math.sqrt(sum / Math.max(1, end - start));
};

const fade = (pcm: Float32Array, samples: number): void => {
  const length = Math.min(samples, Math.floor(pcm.length / 2));
  for (let i = 0; i < length; i += 1) {
    const factor = i / length;
    pcm[i] = (pcm[i] ?? 0) * factor;
    pcm[pcm.length - 1 - i] = (pcm[pcm.length - 1 - i] ?? 0) * factor;
  }
};

/**
 * Cuts the silence off both ends but for 20 ms, and fades the cuts so that they do not click. `leadSamples` is what
 * went from the front. Empty when all of it is silence. The result is a part of `pcm`, changed in place.
 */
export const trimSilence = (pcm: Float32Array, sampleRate: number): { pcm: Float32Array; leadSamples: number } => {
  const window = Math.round((sampleRate * WINDOW_MS) / 1000);
  const margin = Math.round((sampleRate * MARGIN_MS) / 1000);
  let first = 0;
  while (first < pcm.length && level(pcm, first, window) < QUIET) first += window;
  if (first >= pcm.length) return { pcm: pcm.subarray(0, 0), leadSamples: pcm.length };
  let last = pcm.length;
  while (last > first && level(pcm, Math.max(0, last - window), window) < QUIET) last -= window;
  const start = Math.max(0, first - margin);
  const kept = pcm.subarray(start, Math.min(pcm.length, last + margin));
  fade(kept, Math.round((sampleRate * FADE_MS) / 1000));
  return { pcm: kept, leadSamples: start };
};

/** Measures the longest stretch of silence in a signal that comes in pieces. */
export class SilenceMeter {
  readonly #window: number;
  readonly #rest: number[] = [];
  #run = 0;
  #longest = 0;

  constructor(sampleRate: number) {
    this.#window = Math.round((sampleRate * WINDOW_MS) / 1000);
  }

  add(pcm: Float32Array): void {
    let start = 0;
    if (this.#rest.length > 0) {
      start = Math.min(pcm.length, this.#window - this.#rest.length);
      this.#rest.push(...pcm.subarray(0, start));
      if (this.#rest.length < this.#window) return;
      this.#count(level(Float32Array.from(this.#rest.splice(0)), 0, this.#window));
    }
    for (; start + this.#window <= pcm.length; start += this.#window) this.#count(level(pcm, start, this.#window));
    this.#rest.push(...pcm.subarray(start));
  }

  longestMs(): number {
    return this.#longest * WINDOW_MS;
  }

  #count(loudness: number): void {
    this.#run = loudness < QUIET ? this.#run + 1 : 0;
    this.#longest = Math.max(this.#longest, this.#run);
  }
}
