// One chapter's way from text to MP3: sentences → chunks → an engine's speech → one timeline → gain, limiter, encoder.
// The first take starts with the gain the voice is known to need, so that audio exists at once; it is kept unless
// measuring the whole shows that it missed the target.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChapterhouseError, VOICES } from "@chapterhouse/domain";
import type { Sentence } from "@chapterhouse/domain";
import { LoudnessMeter } from "./audio/loudness.ts";
import { finishTakes, TARGET_LUFS } from "./audio/mastering.ts";
import { createPcmSpool } from "./audio/pcm-spool.ts";
import { openTake } from "./audio/take.ts";
import type { Take } from "./audio/take.ts";
import type { Speech, SpeechEngine } from "./engine.ts";
import { speakAhead } from "./speak-ahead.ts";
import { chunkSentences } from "./text/chunks.ts";
import { splitSentences } from "./text/sentences.ts";
import { Timeline } from "./timeline.ts";

export interface NarrationRequest {
  /** Plain, one paragraph a line. */
  readonly text: string;
  readonly voice: string;
  readonly engine: SpeechEngine;
  readonly signal: AbortSignal;
  readonly onProgress?: (sentencesDone: number, sentences: number) => void;
  /** Called once, when the first encoded bytes are there. */
  readonly onFirstAudio?: () => void;
}

/** A finished file with its facts. Disposing of it removes the file. */
export interface SpokenNarration extends AsyncDisposable {
  readonly path: string;
  readonly mimeType: "audio/mpeg";
  readonly engine: string;
  readonly bytes: number;
  readonly durationMs: number;
  readonly loudnessLufs: number;
  readonly sentences: readonly Sentence[];
}

const languageOf = (voice: string): string => VOICES.find((known) => known.id === voice)?.language ?? "en";

/** The gain to start with: from what is known of the voice, else from its first words. */
const firstGain = (engine: SpeechEngine, voice: string, speech: Speech): number => {
  const known = engine.loudnessOf(voice);
  if (known !== null) return TARGET_LUFS - known;
  const meter = new LoudnessMeter(speech.sampleRate);
  meter.add(speech.pcm);
  const measured = meter.integrated();
  return Number.isFinite(measured) ? TARGET_LUFS - measured : 0;
};

/** Letters and digits of which less than half can be read are another language's: silence is no narration of them. */
const assertReadable = (text: string, engine: SpeechEngine): void => {
  const count = (part: string) => part.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
  const [letters, readable] = [count(text), count(engine.readable(text))];
  if (letters > 0 && readable >= letters / 2) return;
  throw new ChapterhouseError("TEXT_EMPTY", `There is too little in this text that ${engine.id} can read`, {
    details: { letters, readable },
  });
};

/** Speaks every chunk into the timeline, telling how far it is. */
const speakInto = async (
  timeline: Timeline,
  request: NarrationRequest,
  startTake: (first: Speech) => Promise<Take>,
): Promise<void> => {
  const sentences = splitSentences(request.text, languageOf(request.voice));
  timeline.begin(sentences.map((sentence) => sentence.text));
  let sounded = false;
  for await (const { chunk, speech } of speakAhead(chunkSentences(sentences, request.engine.limits), request)) {
    await timeline.add(chunk, speech, startTake);
    if (!sounded && timeline.take && timeline.take.bytes > 0) {
      sounded = true;
      request.onFirstAudio?.();
    }
    const last = chunk.spans.at(-1)?.sentence ?? 0;
    request.onProgress?.(chunk.ends === "part" ? last : last + 1, sentences.length);
  }
  await timeline.end();
};

/**
 * Speaks a text into an MP3 file at −19 LUFS. Throws `TEXT_EMPTY`, the engine's failures, or the signal's reason; then
 * no file is left behind.
 */
export const narrateText = async (request: NarrationRequest): Promise<SpokenNarration> => {
  const { text, voice, engine, signal } = request;
  signal.throwIfAborted();
  assertReadable(text, engine);
  await using files = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "chapterhouse-narration-"));
  files.defer(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "narration.mp3");
  await using spool = await createPcmSpool(join(folder, "raw.pcm"));
  await using timeline = new Timeline(spool);
  await speakInto(timeline, request, (first) => openTake(path, first.sampleRate, firstGain(engine, voice, first)));
  const { take, sampleRate, sentences } = timeline;
  if (take === null)
    throw new ChapterhouseError("TEXT_EMPTY", `There is no chunk in this text that ${engine.id} can read`);
  const open = (gainDb: number) => openTake(path, sampleRate, gainDb);
  const finished = await finishTakes(take, spool, { sampleRate, open, signal });
  const kept = files.move();
  return {
    path,
    mimeType: "audio/mpeg",
    engine: engine.id,
    ...finished,
    durationMs: Math.round(finished.durationMs),
    sentences,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
};
