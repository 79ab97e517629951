import { ChapterhouseError, DEFAULT_VOICE } from "@chapterhouse/domain";
import type { TaskLogger } from "@chapterhouse/taskqueue";
import { createEdgeEngine } from "./edge/edge-engine.ts";
import type { SpeechEngine } from "./engine.ts";
import { createFliteEngine } from "./flite/flite-engine.ts";

/** All engines of a runner. Threads start with the first sentence and end when they are idle. */
export interface SpeechStation {
  /** Throws `VOICE_UNKNOWN`. */
  engineFor(voice: string): SpeechEngine;
  close(): Promise<void>;
}

export interface StationOptions {
  /** WebSocket address of the Edge service; Microsoft's when undefined. */
  readonly edgeUrl?: string | undefined;
  readonly log: TaskLogger;
}

/** A station of given engines, each known by the first part of its voices' ids. */
export const stationOf = (engines: readonly SpeechEngine[]): SpeechStation => ({
  engineFor: (voice) => {
    const engine = engines.find((engine) => engine.voices.includes(voice));
    if (engine) return engine;
    throw new ChapterhouseError("VOICE_UNKNOWN", `No engine here speaks ${voice}; ${DEFAULT_VOICE} is always there`);
  },
  close: async () => {
    await Promise.all(engines.map((engine) => engine.close()));
  },
});

export const createSpeechStation = ({ edgeUrl, log }: StationOptions): SpeechStation => {
  if (edgeUrl !== undefined) log.info({ edgeUrl }, "Edge's voices come from another address than Microsoft's");
  return stationOf([createFliteEngine(), createEdgeEngine({ url: edgeUrl })]);
};
