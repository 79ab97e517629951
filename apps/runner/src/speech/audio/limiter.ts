const LOOKAHEAD_MS = 6;

/**
 * The least of the last `length` numbers, in constant time on average: a queue of candidates, positions and values
 * both rising, in a ring so that millions of samples make no garbage.
 */
class SlidingLeast {
  readonly #length: number;
  readonly #at: Float64Array;
  readonly #value: Float64Array;
  #first = 0;
  #count = 0;
  #position = 0;

  constructor(length: number) {
    this.#length = length;
    this.#at = new Float64Array(length + 1);
    this.#value = new Float64Array(length + 1);
  }

  /** Takes the next number; gives the least of the window that ends with it. */
  next(value: number): number {
    const size = this.#at.length;
    let end = this.#first + this.#count;
    if (end >= size) end -= size;
    while (this.#count > 0) {
      const last = end === 0 ? size - 1 : end - 1;
      if ((this.#value[last] ?? 0) < value) break;
      end = last;
      this.#count -= 1;
    }
    this.#at[end] = this.#position;
    this.#value[end] = value;
    this.#count += 1;
    if ((this.#at[this.#first] ?? 0) <= this.#position - this.#length) {
      this.#first = this.#first + 1 === size ? 0 : this.#first + 1;
      this.#count -= 1;
    }
    this.#position += 1;
    return this.#value[this.#first] ?? value;
  }
}

/**
 * Keeps samples at or under a ceiling by turning the gain down a little ahead of each peak and up again after it, so
 * that nothing is clipped. The gain is the least needed over a window, averaged over the same window: each term of the
 * average allows for the sample in question, hence so does the average. Output lags the input by the window; `flush`
 * brings the rest, so that input and output are of one length.
 */
export class Limiter {
  readonly #ceiling: number;
  readonly #length: number;
  readonly #least: SlidingLeast;
  /** Rings of `#length`: samples on their way, and the gains that are averaged. */
  readonly #delay: Float32Array;
  readonly #gains: Float64Array;
  #out = new Float32Array(0);
  #sum: number;
  #slot = 0;
  #taken = 0;

  /** `ceiling` is an amplitude, 0 to 1. */
  constructor(sampleRate: number, ceiling: number) {
    this.#ceiling = ceiling;
    this.#length = Math.max(1, Math.round((sampleRate * LOOKAHEAD_MS) / 1000));
    this.#least = new SlidingLeast(this.#length + 1);
    this.#delay = new Float32Array(this.#length);
    this.#gains = new Float64Array(this.#length).fill(1);
    this.#sum = this.#length;
  }

  /** Takes a block, gives as many samples as are due: fewer at first. They are good until the next call. */
  push(block: Float32Array): Float32Array {
    if (this.#out.length < block.length) this.#out = new Float32Array(block.length);
    const out = this.#out;
    let due = 0;
    for (let i = 0; i < block.length; i += 1) {
      const late = this.#step(block[i] ?? 0);
      if (this.#taken > this.#length) out[due++] = late;
    }
    return out.subarray(0, due);
  }

  flush(): Float32Array {
    const held = Math.min(this.#taken, this.#length);
    const rest = this.push(new Float32Array(this.#length));
    return rest.subarray(rest.length - held);
  }

  #step(sample: number): number {
    const slot = this.#slot;
    const late = this.#delay[slot] ?? 0;
    const level = Math.abs(sample);
    const gain = this.#least.next(level > this.#ceiling ? this.#ceiling / level : 1);
    this.#sum += gain - (this.#gains[slot] ?? 1);
    this.#gains[slot] = gain;
    this.#delay[slot] = sample;
    this.#slot = slot + 1 === this.#length ? 0 : slot + 1;
    this.#taken += 1;
    return late * Math.min(1, this.#sum / this.#length);
  }
}
