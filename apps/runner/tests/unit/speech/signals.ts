/** A sine of `dbfs` (peak). */
export const tone = (of: { rate: number; hz: number; dbfs: number; seconds: number }): Float32Array => {
  const amplitude = 10 ** (of.dbfs / 20);
  const pcm = new Float32Array(Math.round(of.rate * of.seconds));
  for (let i = 0; i < pcm.length; i += 1) pcm[i] = amplitude * Math.sin((2 * Math.PI * of.hz * i) / of.rate);
  return pcm;
};

export const silence = (rate: number, seconds: number): Float32Array => new Float32Array(Math.round(rate * seconds));

export const join = (...parts: readonly Float32Array[]): Float32Array => {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

export const peakOf = (pcm: Float32Array): number => pcm.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
