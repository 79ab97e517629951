import { ChapterhouseError } from "@chapterhouse/domain";
import { codecDelayMs } from "./audio/mp3-encoder.ts";
import type { PcmSpool } from "./audio/pcm-spool.ts";
import { release } from "./audio/samples.ts";
import { trimSilence } from "./audio/silence.ts";
import type { Take } from "./audio/take.ts";
import type { Speech } from "./engine.ts";
import type { SpokenChunk } from "./text/chunks.ts";
import { timeSpans } from "./text/timing.ts";

/** Silence after a chunk, in ms, and in place of one with nothing to say (a line of asterisks). */
const PAUSES = { part: 60, sentence: 300, paragraph: 600, unspoken: 900 } as const;
/** A loudness block is 400 ms; a file is never shorter than this. */
const SHORTEST_MS = 600;

/** Lays speech after speech on one timeline: into the spool, into the take, and into the sentences' times. */
export class Timeline implements AsyncDisposable {
  readonly sentences: { text: string; startMs: number; endMs: number }[] = [];
  readonly #spool: PcmSpool;
  readonly #timed = new Set<number>();
  #take: Take | null = null;
  #pauseMs = 0;
  #sampleRate = 0;

  constructor(spool: PcmSpool) {
    this.#spool = spool;
  }

  /** Names the sentences that the chunks to come are parts of. */
  begin(texts: readonly string[]): void {
    this.sentences.push(...texts.map((text) => ({ text, startMs: 0, endMs: 0 })));
  }

  get take(): Take | null {
    return this.#take;
  }

  get sampleRate(): number {
    return this.#sampleRate;
  }

  /** Null stands for a chunk with nothing to say. `openTake` is asked for the take when the first sound is there. */
  async add(chunk: SpokenChunk, speech: Speech | null, openTake: (speech: Speech) => Promise<Take>): Promise<void> {
    if (speech === null) {
      this.#pauseMs = PAUSES.unspoken;
      for (const span of chunk.spans) this.#time(span.sentence, this.#nowMs(), this.#nowMs());
      return;
    }
    const trimmed = trimSilence(speech.pcm, speech.sampleRate);
    if (trimmed.pcm.length === 0) throw new ChapterhouseError("ENGINE_EMPTY", "The engine made nothing but silence");
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
    release(speech.pcm);
    this.#pauseMs = PAUSES[chunk.ends];
  }

  async end(): Promise<void> {
    await this.#silence(Math.max(PAUSES.sentence, SHORTEST_MS - this.#nowMs()));
  }

  /** Closes the first take's file, finished or not. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#take?.close();
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
