import { LoudnessMeter } from "./loudness.ts";
import type { PcmSpool } from "./pcm-spool.ts";
import type { FinishedTake, Take } from "./take.ts";

/** Integrated, mono: as loud as −16 LUFS in stereo, which players and shops of audio books expect. */
export const TARGET_LUFS = -19;
/** A take further off than this is made again. */
const TOLERANCE_LU = 0.5;
const MOST_TAKES = 4;

const loudnessOf = async (spool: PcmSpool, sampleRate: number, signal: AbortSignal): Promise<number> => {
  const meter = new LoudnessMeter(sampleRate);
  for await (const block of spool.read()) {
    signal.throwIfAborted();
    meter.add(block);
  }
  return meter.integrated();
};

/** A whole take of what is in the spool. */
const takeFrom = async (spool: PcmSpool, take: Take, signal: AbortSignal): Promise<FinishedTake> => {
  try {
    for await (const block of spool.read()) {
      signal.throwIfAborted();
      await take.add(block);
    }
    return await take.finish();
  } finally {
    await take.close();
  }
};

/** Ends the first take, and makes further ones from the spool while the loudness misses the target. */
export const finishTakes = async (
  first: Take,
  spool: PcmSpool,
  again: { sampleRate: number; open: (gainDb: number) => Promise<Take>; signal: AbortSignal },
): Promise<FinishedTake> => {
  let finished = await first.finish();
  let gainDb: number | null = null;
  for (let takes = 1; takes < MOST_TAKES; takes += 1) {
    const off = TARGET_LUFS - finished.loudnessLufs;
    if (Math.abs(off) <= TOLERANCE_LU || !Number.isFinite(off)) break;
    // The exact gain first; what the limiter takes from it after that.
    gainDb = gainDb === null ? TARGET_LUFS - (await loudnessOf(spool, again.sampleRate, again.signal)) : gainDb + off;
    finished = await takeFrom(spool, await again.open(gainDb), again.signal);
  }
  return finished;
};
