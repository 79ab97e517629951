import type { Speech, SpeechEngine } from "./engine.ts";
import type { SpokenChunk } from "./text/chunks.ts";

export interface SpokenPart {
  readonly chunk: SpokenChunk;
  /** Null when there is nothing in the chunk that the engine can read. */
  readonly speech: Speech | null;
}

/**
 * The speech of all chunks in their order, `engine.parallel` asked for at once. The first failure ends it; whatever
 * was still under way is then aborted.
 */
export const speakAhead = async function* (
  chunks: readonly SpokenChunk[],
  options: { engine: SpeechEngine; voice: string; signal: AbortSignal },
): AsyncGenerator<SpokenPart> {
  const { engine, voice } = options;
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const start = async (chunk: SpokenChunk): Promise<SpokenPart> => {
    if (engine.readable(chunk.text) === "") return { chunk, speech: null };
    return { chunk, speech: await engine.synthesize({ text: chunk.text, voice, signal }) };
  };
  const underWay: Promise<SpokenPart>[] = [];
  const toStart = chunks.values();
  const startOne = (): void => {
    const { value, done } = toStart.next();
    if (done) return;
    const part = start(value);
    // It is awaited in its turn; until then a failure must not count as one that nobody handles.
    part.catch(() => undefined);
    underWay.push(part);
  };
  try {
    for (let i = 0; i < engine.parallel; i += 1) startOne();
    for (let part = underWay.shift(); part; part = underWay.shift()) {
      const spoken = await part;
      options.signal.throwIfAborted();
      startOne();
      yield spoken;
    }
  } finally {
    stop.abort();
  }
};
