// Runs in a thread of its own: whatever msedge-tts throws where nobody can catch it ends this thread, not the runner.
import { workerData } from "node:worker_threads";
import { MPEGDecoder } from "mpg123-decoder";
import { serve, ThreadFailure } from "../thread-side.ts";
import type { SpokenWord } from "../engine.ts";
import { callEdge } from "./edge-call.ts";
import type { EdgeCall, EdgeCallSettings } from "./edge-call.ts";

export interface EdgeReply {
  readonly pcm: Float32Array<ArrayBuffer>;
  readonly sampleRate: number;
  readonly words: readonly SpokenWord[];
}

const decode = async (mp3: Uint8Array): Promise<Omit<EdgeReply, "words">> => {
  const decoder = new MPEGDecoder({ enableGapless: false });
  await decoder.ready;
  try {
    const { channelData, samplesDecoded, sampleRate, errors } = decoder.decode(mp3);
    const pcm = channelData[0];
    if (pcm === undefined || samplesDecoded === 0) throw new ThreadFailure("ENGINE_EMPTY", "Edge sent no MP3 frames");
    if (errors.length > 0) throw new ThreadFailure("ENGINE_FAILED", "Edge sent broken MP3 frames");
    // A copy: what the decoder gives may be larger than what it decoded.
    return { pcm: new Float32Array(pcm.subarray(0, samplesDecoded)), sampleRate };
  } finally {
    decoder.free();
  }
};

const settings = workerData as EdgeCallSettings;

serve<EdgeCall, EdgeReply>(
  async (call) => {
    const { mp3, words } = await callEdge(call, settings);
    return { ...(await decode(mp3)), words };
  },
  (reply) => [reply.pcm.buffer],
);
