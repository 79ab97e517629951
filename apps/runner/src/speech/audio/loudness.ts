/** One second-order filter section, in transposed direct form II. */
class Biquad {
  #z1 = 0;
  #z2 = 0;
  readonly #b: readonly [number, number, number];
  readonly #a: readonly [number, number];

  constructor(b: readonly [number, number, number], a: readonly [number, number]) {
    this.#b = b;
    this.#a = a;
  }

  step(x: number): number {
    const y = this.#b[0] * x + this.#z1;
    this.#z1 = this.#b[1] * x - this.#a[0] * y + this.#z2;
    this.#z2 = this.#b[2] * x - this.#a[1] * y;
    return y;
  }
}

/**
 * The two K-weighting filters for any sample rate. BS.1770 prints coefficients for 48 kHz only; these are the analogue
 * prototypes behind them (centre frequency, gain, quality), put through the bilinear transform.
 */
const kWeighting = (sampleRate: number): [Biquad, Biquad] => {
  const shelf = { hz: 1681.974450955533, q: 0.7071752369554196, high: 10 ** (3.999843853973347 / 20) };
  const k = Math.tan((Math.PI * shelf.hz) / sampleRate);
  const band = shelf.high ** 0.4996667741545416;
  const norm = 1 + k / shelf.q + k * k;
  const highShelf = new Biquad(
    [
      (shelf.high + (band * k) / shelf.q + k * k) / norm,
      (2 * (k * k - shelf.high)) / norm,
      (shelf.high - (band * k) / shelf.q + k * k) / norm,
    ],
    [(2 * (k * k - 1)) / norm, (1 - k / shelf.q + k * k) / norm],
  );
  const pass = { hz: 38.13547087602444, q: 0.5003270373238773 };
  const p = Math.tan((Math.PI * pass.hz) / sampleRate);
  const passNorm = 1 + p / pass.q + p * p;
  const highPass = new Biquad([1, -2, 1], [(2 * (p * p - 1)) / passNorm, (1 - p / pass.q + p * p) / passNorm]);
  return [highShelf, highPass];
};

const lufs = (meanSquare: number): number => -0.691 + 10 * Math.log10(meanSquare);
const power = (loudness: number): number => 10 ** ((loudness + 0.691) / 10);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Integrated loudness of a mono signal by ITU-R BS.1770-4: K-weighted mean square over blocks of 400 ms that overlap
 * by three quarters, gated at −70 LUFS and then 10 LU under the mean. Keeps one number for each 100 ms.
 */
export class LoudnessMeter {
  readonly #filters: [Biquad, Biquad];
  readonly #stepLength: number;
  readonly #steps: number[] = [];
  #sum = 0;
  #count = 0;

  constructor(sampleRate: number) {
    this.#filters = kWeighting(sampleRate);
    this.#stepLength = Math.round(sampleRate / 10);
  }

  add(pcm: Float32Array): void {
    const [shelf, pass] = this.#filters;
    for (let i = 0; i < pcm.length; i += 1) {
      const weighted = pass.step(shelf.step(pcm[i] ?? 0));
      this.#sum += weighted * weighted;
      this.#count += 1;
      if (this.#count < this.#stepLength) continue;
      this.#steps.push(this.#sum / this.#stepLength);
      this.#sum = 0;
      this.#count = 0;
    }
  }

  /** LUFS so far; −Infinity while nothing was loud enough for the gate or there are less than 400 ms. */
  integrated(): number {
    const steps = this.#steps;
    const blocks = steps.slice(3).map((step, i) => mean([steps[i] ?? 0, steps[i + 1] ?? 0, steps[i + 2] ?? 0, step]));
    const audible = blocks.filter((block) => block > power(-70));
    if (audible.length === 0) return -Infinity;
    const gate = power(lufs(mean(audible)) - 10);
    return lufs(mean(audible.filter((block) => block > gate)));
  }
}
