import type { ChunkLimits } from "./text/chunks.ts";

/** One spoken word, as the engine timed it. `text` is what the engine says it read; ms from the start of the audio. */
export interface SpokenWord {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

export interface Speech {
  /** Mono, −1 to 1, silence at its ends included. The receiver owns it, and gives its memory back. */
  readonly pcm: Float32Array;
  /** Hz; the same for every chunk of a voice. */
  readonly sampleRate: number;
  /** Empty when the engine does not time its words. */
  readonly words: readonly SpokenWord[];
}

export interface SpeechRequest {
  /** Source text, not escaped for any engine. */
  readonly text: string;
  /** A voice's id, such as `flite:rms`. */
  readonly voice: string;
  readonly signal: AbortSignal;
}

/**
 * Turns text into sound. Engines are unreliable by nature: each keeps its own risks (crashes, hangs, bad frames) to
 * itself and answers with audio or a typed failure; none may ever take the runner down.
 */
export interface SpeechEngine {
  readonly id: string;
  /** Ids of the voices it speaks, with its own `id:` in front. */
  readonly voices: readonly string[];
  readonly limits: ChunkLimits;
  /** Chunks worth asking for at once. */
  readonly parallel: number;
  /** Integrated loudness of the untreated voice in LUFS where it is known, else null. */
  loudnessOf(voice: string): number | null;
  /** The text as the engine will read it; empty when there is nothing in it that it can say. */
  readable(text: string): string;
  /**
   * Speaks one chunk. Throws `ENGINE_FAILED` (its process died, it answered nonsense), `ENGINE_REFUSED` (it does not
   * let us in), `ENGINE_TIMEOUT`, `ENGINE_TRUNCATED` (the audio is not whole), `ENGINE_EMPTY` (no audio), `TEXT_EMPTY`
   * (nothing that it can read), or the signal's reason once aborted.
   */
  synthesize(request: SpeechRequest): Promise<Speech>;
  /** Ends its threads; calls under way fail. */
  close(): Promise<void>;
}
