// One chapter's way from text to MP3: sentences → chunks → an engine's speech → one timeline → gain, limiter, encoder.
// The first take starts with the gain the voice is known to need, so that audio exists at once; it is kept unless
// measuring the whole shows that it missed the target.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChapterhouseError, VOICES } from "@chapterhouse/domain";
import type { Sentence } from "@chapterhouse/domain";
import type { Speech, SpeechEngine } from "./engine.ts";
import { LoudnessMeter } from "./audio/loudness.ts";
import { codecDelayMs } from "./audio/mp3-encoder.ts";
import { createPcmSpool } from "./audio/pcm-spool.ts";
import type { PcmSpool } from "./audio/pcm-spool.ts";
import { trimSilence } from "./audio/silence.ts";
import { openTake } from "./audio/take.ts";
import type { FinishedTake, Take } from "./audio/take.ts";
import { chunkSentences } from "./text/chunks.ts";
import type { SpokenChunk } from "./text/chunks.ts";
import { splitSentences } from "./text/sentences.ts";
import { speakAhead } from "./speak-ahead.ts";
import { timeSpans } from "./text/timing.ts";

/** Integrated, mono: as loud as −16 LUFS in stereo, which players and shops of audio books expect. */
export const TARGET_LUFS = -19;
/** A take further off than this is made again. */
const TOLERANCE_LU = 0.5;
const MOST_TAKES = 4;

/** Silence after a chunk, in ms, and in place of one with nothing to say (a line of asterisks). */
const PAUSES = { part: 60, sentence: 300, paragraph: 600, unspoken: 900 } as const;
/** A loudness block is 400 ms; a file is never shorter than this. */
const SHORTEST_MS = 600;

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

/** Lays speech after speech on one timeline: into the spool, into the take, and into the sentences' times. */
class Timeline {
  readonly sentences: { text: string; startMs: number; endMs: number }[];
  readonly #spool: PcmSpool;
  readonly #timed = new Set<number>();
  #take: Take | null = null;
  #pauseMs = 0;
  #sampleRate = 0;

  constructor(spool: PcmSpool, texts: readonly string[]) {
    this.#spool = spool;
    this.sentences = texts.map((text) => ({ text, startMs: 0, endMs: 0 }));
  }

  get take(): Take | null {
    return this.#take;
  }

  get sampleRate(): number {
    return this.#sampleRate;
  }

  /** Null stands for a chunk with nothing to say. `openTake` is asked for the take when the first sound is there. */
  async add(chunk: SpokenChunk, speech: Speech | null, openTake: (speech: Speech) => Promise<Take>): Promise<void> {
    const trimmed = speech && trimSilence(speech.pcm, speech.sampleRate);
    if (speech === null || trimmed === null || trimmed.pcm.length === 0) {
      this.#pauseMs = Math.max(this.#pauseMs, PAUSES.unspoken);
      for (const span of chunk.spans) this.#time(span.sentence, this.#nowMs(), this.#nowMs());
      return;
    }
    this.#take ??= await openTake(speech);
    this.#sampleRate ||= speech.sampleRate;
    if (speech.sampleRate !== this.#sampleRate) {
      throw new ChapterhouseError("ENGINE_FAILED", "The engine changed its sample rate within a chapter");
    }
    if (this.#spool.length > 0) await this.#silence(this.#pauseMs);
    const startMs = this.#nowMs();
    const toMs = 1000 / speech.sampleRate;
    const leadMs = trimmed.leadSamples * toMs;
    const words = speech.words.map((word) => ({
      ...word,
      startMs: word.startMs - leadMs,
      endMs: word.endMs - leadMs,
    }));
    for (const [i, time] of timeSpans(chunk, words, trimmed.pcm.length * toMs).entries()) {
      this.#time(chunk.spans[i]?.sentence ?? 0, startMs + time.startMs, startMs + time.endMs);
    }
    await this.#lay(trimmed.pcm);
    this.#pauseMs = PAUSES[chunk.ends];
  }

  async end(): Promise<void> {
    await this.#silence(Math.max(PAUSES.sentence, SHORTEST_MS - this.#nowMs()));
  }

  #nowMs(): number {
    return this.#sampleRate === 0 ? 0 : (this.#spool.length / this.#sampleRate) * 1000;
  }

  #time(index: number, startMs: number, endMs: number): void {
    const sentence = this.sentences[index];
    if (!sentence) return;
    const delayMs = this.#sampleRate === 0 ? 0 : codecDelayMs(this.#sampleRate);
    if (!this.#timed.has(index)) sentence.startMs = Math.round(startMs + delayMs);
    sentence.endMs = Math.round(endMs + delayMs);
    this.#timed.add(index);
  }

  #silence(ms: number): Promise<void> {
    return this.#lay(new Float32Array(Math.round((ms / 1000) * this.#sampleRate)));
  }

  async #lay(pcm: Float32Array): Promise<void> {
    await this.#spool.append(pcm);
    await this.#take?.add(pcm);
  }
}

/** The gain to start with: from what is known of the voice, else from its first words. */
const firstGain = (engine: SpeechEngine, voice: string, speech: Speech): number => {
  const known = engine.loudnessOf(voice);
  if (known !== null) return TARGET_LUFS - known;
  const meter = new LoudnessMeter(speech.sampleRate);
  meter.add(speech.pcm);
  const measured = meter.integrated();
  return Number.isFinite(measured) ? TARGET_LUFS - measured : 0;
};

const loudnessOf = async (spool: PcmSpool, sampleRate: number): Promise<number> => {
  const meter = new LoudnessMeter(sampleRate);
  for await (const block of spool.read()) meter.add(block);
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
const finishTakes = async (
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
    gainDb = gainDb === null ? TARGET_LUFS - (await loudnessOf(spool, again.sampleRate)) : gainDb + off;
    finished = await takeFrom(spool, await again.open(gainDb), again.signal);
  }
  return finished;
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

/**
 * Speaks a text into an MP3 file at −19 LUFS. Throws `TEXT_EMPTY`, the engine's failures, or the signal's reason; then
 * no file is left behind.
 */
export const narrateText = async (request: NarrationRequest): Promise<SpokenNarration> => {
  const { text, voice, engine, signal } = request;
  signal.throwIfAborted();
  assertReadable(text, engine);
  const language = VOICES.find((known) => known.id === voice)?.language ?? "en";
  const sentences = splitSentences(text, language);
  const chunks = chunkSentences(sentences, engine.limits);
  const folder = await mkdtemp(join(tmpdir(), "chapterhouse-narration-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  const path = join(folder, "narration.mp3");
  let spool: PcmSpool | null = null;
  let timeline: Timeline | null = null;
  try {
    spool = await createPcmSpool(join(folder, "raw.pcm"));
    timeline = new Timeline(
      spool,
      sentences.map((sentence) => sentence.text),
    );
    let sounded = false;
    for await (const { chunk, speech } of speakAhead(chunks, request)) {
      await timeline.add(chunk, speech, (first) => openTake(path, first.sampleRate, firstGain(engine, voice, first)));
      if (!sounded && timeline.take && timeline.take.bytes > 0) {
        sounded = true;
        request.onFirstAudio?.();
      }
      const last = chunk.spans.at(-1)?.sentence ?? 0;
      request.onProgress?.(chunk.ends === "part" ? last : last + 1, sentences.length);
    }
    if (timeline.take === null) throw new ChapterhouseError("ENGINE_EMPTY", "The engine made nothing but silence");
    await timeline.end();
    const { sampleRate } = timeline;
    const open = (gainDb: number) => openTake(path, sampleRate, gainDb);
    const finished = await finishTakes(timeline.take, spool, { sampleRate, open, signal });
    await spool.close();
    await rm(join(folder, "raw.pcm"));
    return {
      path,
      mimeType: "audio/mpeg",
      engine: engine.id,
      ...finished,
      durationMs: Math.round(finished.durationMs),
      sentences: timeline.sentences,
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await timeline?.take?.close();
    await spool?.close();
    await remove();
    throw error;
  }
};
