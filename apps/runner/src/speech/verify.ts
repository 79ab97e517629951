import { ChapterhouseError } from "@chapterhouse/domain";
import { inspectMp3 } from "./audio/inspect.ts";
import type { SpokenNarration } from "./narrate.ts";

const LONGEST_SILENCE_MS = 3000;
/** How far the decoded length may be from the stated one. */
const LENGTH_TOLERANCE = 0.01;
/** Characters a second of audio: under the first much is silence, over the second much is missing. */
const SLOWEST = 4;
const FASTEST = 32;
/** Less audio than this is too short to have a pace. */
const PACED_FROM_MS = 5000;

/** Letters and digits, where a Chinese, Japanese or Korean one counts for the two or three it takes to say. */
const spokenLength = (text: string): number => {
  const all = text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
  const wide = text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu)?.length ?? 0;
  return all + wide * 2;
};

/**
 * Decodes a narration and throws `AUDIO_INVALID`, naming every complaint, unless it is whole, as long as it says, at a
 * human pace for `text` (as the engine read it), and without long silence.
 */
export const verifyNarration = async (narration: SpokenNarration, text: string, signal: AbortSignal): Promise<void> => {
  const heard = await inspectMp3(narration.path, signal);
  const pace = spokenLength(text) / (heard.durationMs / 1000);
  const complaints = [
    heard.bytes === 0 && "the file is empty",
    heard.bytes !== narration.bytes && "the file is not the size it should be",
    heard.errors > 0 && "some frames cannot be decoded",
    Math.abs(heard.durationMs - narration.durationMs) > narration.durationMs * LENGTH_TOLERANCE &&
      "the audio is not as long as stated",
    heard.longestSilenceMs > LONGEST_SILENCE_MS && "there is a long silence",
    heard.durationMs > PACED_FROM_MS && (pace < SLOWEST || pace > FASTEST) && "the pace is not that of speech",
    !Number.isFinite(narration.loudnessLufs) && "it has no loudness",
  ].filter((complaint) => complaint !== false);
  if (complaints.length === 0) return;
  throw new ChapterhouseError("AUDIO_INVALID", `The narration is not fit to be stored: ${complaints.join("; ")}`, {
    details: { ...heard, statedMs: narration.durationMs, charactersPerSecond: pace },
  });
};
