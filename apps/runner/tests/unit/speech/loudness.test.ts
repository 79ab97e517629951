import { describe, expect, test } from "vitest";
import { LoudnessMeter } from "../../../src/speech/audio/loudness.ts";
import { silence, tone } from "./signals.ts";

const measure = (sampleRate: number, ...parts: Float32Array[]): number => {
  const meter = new LoudnessMeter(sampleRate);
  for (const part of parts) meter.add(part);
  return meter.integrated();
};

describe("loudness by BS.1770", () => {
  test.each([8000, 16_000, 22_050, 24_000, 44_100, 48_000])("a 997 Hz tone of −20 dBFS in mono at %i Hz", (rate) => {
    // A full-scale sine is −3.01 LUFS.
    expect(measure(rate, tone({ rate, hz: 997, dbfs: -20, seconds: 10 }))).toBeCloseTo(-23.01, 1);
  });

  test("low notes count for less, high ones for more, as the K curve says", () => {
    const rate = 48_000;
    const at = (hz: number) => measure(rate, tone({ rate, hz, dbfs: -20, seconds: 5 }));
    expect(at(40) - at(997)).toBeLessThan(-5);
    expect(at(10_000) - at(997)).toBeGreaterThan(3);
  });

  test("what is 10 LU under the rest does not count (EBU Tech 3341, case 3)", () => {
    const rate = 16_000;
    const quiet = tone({ rate, hz: 997, dbfs: -33, seconds: 10 });
    const loud = tone({ rate, hz: 997, dbfs: -20, seconds: 60 });
    expect(measure(rate, quiet, loud, quiet)).toBeCloseTo(-23.01, 1);
  });

  test("pauses do not count", () => {
    const rate = 16_000;
    const said = tone({ rate, hz: 997, dbfs: -20, seconds: 5 });
    expect(measure(rate, said, silence(rate, 20), said)).toBeCloseTo(-23.01, 0);
  });

  test("the pieces a signal comes in do not matter", () => {
    const rate = 16_000;
    const signal = tone({ rate, hz: 300, dbfs: -12, seconds: 3 });
    const pieces = [0, 7, 1601, 30_000].map((start, i, all) => signal.subarray(start, all[i + 1]));
    expect(measure(rate, ...pieces)).toBe(measure(rate, signal));
  });

  test("silence and scraps have none", () => {
    expect(measure(16_000, silence(16_000, 5))).toBe(-Infinity);
    expect(measure(16_000, tone({ rate: 16_000, hz: 997, dbfs: -20, seconds: 0.3 }))).toBe(-Infinity);
  });
});
