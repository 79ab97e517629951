import { createReadStream } from "node:fs";
import { MPEGDecoder } from "mpg123-decoder";
import { LoudnessMeter } from "./loudness.ts";
import { peak, release } from "./samples.ts";
import { SilenceMeter } from "./silence.ts";

/** What a decoder finds in an MP3 file. */
export interface Inspection {
  readonly bytes: number;
  readonly sampleRate: number;
  readonly durationMs: number;
  readonly longestSilenceMs: number;
  /** dBFS, of samples. */
  readonly peakDbfs: number;
  readonly loudnessLufs: number;
  /** Frames that could not be decoded. */
  readonly errors: number;
}

/** Decodes a whole MP3 file in pieces and measures it. About a thousandth of its length in time. */
export const inspectMp3 = async (path: string, signal?: AbortSignal): Promise<Inspection> => {
  const decoder = new MPEGDecoder({ enableGapless: false });
  await decoder.ready;
  let meters: { loudness: LoudnessMeter; silence: SilenceMeter } | null = null;
  const found = { bytes: 0, sampleRate: 0, samples: 0, peak: 0, errors: 0 };
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 16_384, ...(signal && { signal }) })) {
      const encoded = piece as Buffer;
      const { channelData, samplesDecoded, sampleRate, errors } = decoder.decode(encoded);
      found.bytes += encoded.length;
      found.errors += errors.length;
      const pcm = channelData[0];
      if (pcm === undefined || samplesDecoded === 0) continue;
      meters ??= { loudness: new LoudnessMeter(sampleRate), silence: new SilenceMeter(sampleRate) };
      meters.loudness.add(pcm);
      meters.silence.add(pcm);
      found.sampleRate = sampleRate;
      found.samples += samplesDecoded;
      found.peak = Math.max(found.peak, peak(pcm));
      for (const channel of channelData) release(channel);
    }
  } finally {
    decoder.free();
  }
  return {
    bytes: found.bytes,
    sampleRate: found.sampleRate,
    durationMs: found.samples === 0 ? 0 : (found.samples / found.sampleRate) * 1000,
    longestSilenceMs: meters?.silence.longestMs() ?? 0,
    peakDbfs: 20 * Math.log10(found.peak),
    loudnessLufs: meters?.loudness.integrated() ?? -Infinity,
    errors: found.errors,
  };
};
