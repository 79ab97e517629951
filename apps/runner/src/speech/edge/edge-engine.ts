import { setTimeout as sleep } from "node:timers/promises";
import { ChapterhouseError, VOICES } from "@chapterhouse/domain";
import type { ErrorCode } from "@chapterhouse/domain";
import type { SpeechEngine } from "../engine.ts";
import { createThreads } from "../threads.ts";
import type { EdgeCall } from "./edge-call.ts";
import type { EdgeReply } from "./edge-thread.ts";
import { edgeText, escapeXml, fitsEdge } from "./edge-text.ts";

export interface EdgeOptions {
  /** The service's WebSocket address; Microsoft's when undefined. */
  readonly url?: string | undefined;
  readonly connectTimeoutMs?: number;
  /** Longest silence between two frames. */
  readonly idleTimeoutMs?: number;
  /** All of one request; a stream that drips for ever meets this. */
  readonly totalTimeoutMs?: number;
  /** Waits before a chunk is asked for again; its length is how often. One failing minute must not cost a chapter. */
  readonly retryDelaysMs?: readonly number[];
  /** A thread without work ends after this time. */
  readonly threadIdleMs?: number;
}

/** Worth asking again soon. A refusal is not: the service shuts out whole clients, for days. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  "ENGINE_FAILED",
  "ENGINE_TIMEOUT",
  "ENGINE_TRUNCATED",
  "ENGINE_EMPTY",
] as const);

const isPassing = (error: unknown): boolean => error instanceof ChapterhouseError && PASSING.has(error.code);

/**
 * Edge's voices: many languages, over the network, from a service that promises nothing and changes twice a year. Two
 * requests at once: more than a few parallel connections are what it bans for.
 */
export const createEdgeEngine = (options: EdgeOptions = {}): SpeechEngine => {
  const threads = createThreads<EdgeCall, EdgeReply>({
    entry: new URL("./edge-thread.ts", import.meta.url),
    data: {
      url: options.url,
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
      idleTimeoutMs: options.idleTimeoutMs ?? 30_000,
    },
    size: 2,
    timeoutMs: options.totalTimeoutMs ?? 180_000,
    idleMs: options.threadIdleMs ?? 15_000,
  });
  const retryDelaysMs = options.retryDelaysMs ?? [500, 2000];
  const voices = new Map(VOICES.filter((voice) => voice.engine === "edge").map((voice) => [voice.id, voice]));

  return {
    id: "edge",
    voices: [...voices.keys()],
    limits: { fits: fitsEdge, packs: true },
    parallel: 2,
    loudnessOf: () => null,
    readable: edgeText,
    synthesize: async ({ text, voice, signal }) => {
      const readable = edgeText(text);
      if (readable === "") throw new ChapterhouseError("TEXT_EMPTY", "There is nothing to speak in this text");
      const locale = voices.get(voice)?.language ?? "en-US";
      const call = { xml: escapeXml(readable), voice: voice.slice("edge:".length), locale };
      for (const delayMs of retryDelaysMs) {
        try {
          return await threads.run(call, signal);
        } catch (error) {
          if (!isPassing(error)) throw error;
          await sleep(delayMs, undefined, { signal }).catch(() => signal.throwIfAborted());
        }
      }
      return threads.run(call, signal);
    },
    close: () => threads.close(),
  };
};
