import { MPEGDecoder } from "mpg123-decoder";
import { expect, test } from "vitest";
import { codecDelayMs, mp3DurationMs, openMp3Encoder } from "../../../src/speech/audio/mp3-encoder.ts";
import { join, silence, tone } from "./signals.ts";

const RATES = [16_000, 22_050, 24_000];

const roundTrip = async (rate: number, pcm: Float32Array) => {
  const encoder = await openMp3Encoder(rate);
  const pieces = [pcm.subarray(0, 5000), pcm.subarray(5000)].map((piece) => encoder.encode(piece));
  const mp3 = Buffer.concat([...pieces, encoder.finish()]);
  const decoder = new MPEGDecoder({ enableGapless: false });
  await decoder.ready;
  const { channelData, samplesDecoded } = decoder.decode(mp3);
  const decoded = Float32Array.from(channelData[0] ?? []).subarray(0, samplesDecoded);
  decoder.free();
  return { mp3, decoded };
};

test.each(RATES)("the length of a file is told by its bytes at %i Hz", async (rate) => {
  for (const seconds of [0.5, 3.217, 20]) {
    const { mp3, decoded } = await roundTrip(rate, tone({ rate, hz: 440, dbfs: -12, seconds }));
    expect(mp3DurationMs(mp3.length)).toBeCloseTo((decoded.length / rate) * 1000, -1);
    expect(mp3DurationMs(mp3.length) - seconds * 1000).toBeLessThan(150);
  }
});

test.each(RATES)("a sound is heard the codec's delay later at %i Hz", async (rate) => {
  const { decoded } = await roundTrip(rate, join(silence(rate, 1), tone({ rate, hz: 440, dbfs: -6, seconds: 1 })));
  const onset = decoded.findIndex((sample) => Math.abs(sample) > 0.25);
  expect((onset / rate) * 1000 - 1000).toBeCloseTo(codecDelayMs(rate), -1);
});

test.each(RATES)("the level comes back as it went in at %i Hz", async (rate) => {
  const { decoded } = await roundTrip(rate, tone({ rate, hz: 440, dbfs: -12, seconds: 3 }));
  const middle = decoded.subarray(rate, 2 * rate);
  const rms = Math.sqrt(middle.reduce((sum, sample) => sum + sample * sample, 0) / middle.length);
  expect(20 * Math.log10(rms)).toBeCloseTo(-15.01, 1);
});
