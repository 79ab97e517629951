import { describe, expect, test } from "vitest";
import { Limiter } from "../../../src/speech/audio/limiter.ts";
import { SilenceMeter, trimSilence } from "../../../src/speech/audio/silence.ts";
import { join, peakOf, silence, tone } from "./signals.ts";

const RATE = 16_000;

describe("the limiter", () => {
  const limit = (pcm: Float32Array, pieces = 1000): Float32Array => {
    const limiter = new Limiter(RATE, 0.5);
    const out: Float32Array[] = [];
    for (let at = 0; at < pcm.length; at += pieces) out.push(limiter.push(pcm.subarray(at, at + pieces)).slice());
    return join(...out, limiter.flush());
  };
  const loud = tone({ rate: RATE, hz: 440, dbfs: 6, seconds: 0.2 });
  const soft = tone({ rate: RATE, hz: 440, dbfs: -12, seconds: 1 });

  test("lets nothing over the ceiling, and keeps the length", () => {
    const click = silence(RATE, 0.1);
    click[700] = 3;
    for (const signal of [
      loud,
      join(soft, loud, soft),
      join(soft, click, soft),
      tone({ rate: RATE, hz: 50, dbfs: 20, seconds: 1 }),
    ]) {
      const limited = limit(signal);
      expect(limited.length).toBe(signal.length);
      expect(peakOf(limited)).toBeLessThanOrEqual(0.5 + 1e-6);
    }
  });

  test("leaves what is under the ceiling as it was", () => {
    const limited = limit(join(soft, loud, soft));
    expect(limited.subarray(0, RATE / 2)).toEqual(soft.subarray(0, RATE / 2));
    expect(limit(soft, 37)).toEqual(soft);
  });

  test("gives back a signal shorter than its window", () => {
    expect(limit(Float32Array.of(0.1, -0.2))).toEqual(Float32Array.of(0.1, -0.2));
  });
});

describe("silence", () => {
  const said = tone({ rate: RATE, hz: 300, dbfs: -12, seconds: 1 });

  test("is trimmed off both ends, with a margin of 20 ms and no click", () => {
    const { pcm, leadSamples } = trimSilence(join(silence(RATE, 0.18), said, silence(RATE, 0.8)), RATE);
    expect(leadSamples / RATE).toBeCloseTo(0.16, 2);
    expect(pcm.length / RATE).toBeCloseTo(1.04, 2);
    expect(Math.abs(pcm[0] ?? 1)).toBeLessThan(0.01);
    expect(Math.abs(pcm.at(-1) ?? 1)).toBeLessThan(0.01);
  });

  test("alone leaves nothing", () => {
    expect(trimSilence(silence(RATE, 1), RATE).pcm.length).toBe(0);
  });

  test.each([1, 100, 999, 16_000])("is measured in pieces of %i samples", (piece) => {
    const signal = join(said, silence(RATE, 1.5), said, silence(RATE, 0.7));
    const meter = new SilenceMeter(RATE);
    for (let at = 0; at < signal.length; at += piece) meter.add(signal.subarray(at, at + piece));
    expect(meter.longestMs()).toBeGreaterThanOrEqual(1480);
    expect(meter.longestMs()).toBeLessThanOrEqual(1510);
  });
});
