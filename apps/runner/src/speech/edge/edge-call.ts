// One request to Edge's voices through msedge-tts, made safe: the client hangs, throws inside its own event handlers
// and reconnects behind one's back. It lives in a thread (edge-thread.ts) for what is left over.
// oxlint-disable unicorn/prefer-add-event-listener -- the point is to take the place of the client's own listeners
import { MsEdgeTTS, OUTPUT_FORMAT } from "msedge-tts";
import type { IncomingMessage } from "node:http";
import type { SpokenWord } from "../engine.ts";
import { ThreadFailure } from "../thread-side.ts";

export interface EdgeCall {
  /** Escaped, as the inside of an XML element. */
  readonly xml: string;
  /** The service's name of the voice, such as `en-US-AriaNeural`. */
  readonly voice: string;
  /** BCP 47; the client infers it wrongly for languages of three letters. */
  readonly locale: string;
}

export interface EdgeCallSettings {
  /** The service's WebSocket address; undefined for Microsoft's. */
  readonly url: string | undefined;
  readonly connectTimeoutMs: number;
  /** Longest time between two frames. */
  readonly idleTimeoutMs: number;
}

export interface EdgeAudio {
  readonly mp3: Uint8Array;
  readonly words: readonly SpokenWord[];
}

/** Audio of the longest request is 2 MB; more than this is no answer of the service. */
const MOST_BYTES = 16_000_000;
const TICKS_PER_MS = 10_000;

/** The part of `ws` that is used: msedge-tts keeps its socket to itself. */
interface Socket {
  readonly readyState: number;
  onmessage: ((event: unknown) => void) | null;
  onerror: ((event: unknown) => void) | null;
  onclose: ((event: unknown) => void) | null;
  on(event: "unexpected-response", listener: (request: unknown, response: IncomingMessage) => void): void;
  on(event: "close", listener: (code: number, reason: Buffer) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  terminate(): void;
}
const OPEN = 1;

const refusal = (response: IncomingMessage): ThreadFailure => {
  const status = response.statusCode ?? 0;
  const date = Date.parse(response.headers.date ?? "");
  const details = { httpStatus: status, ...(date && { clockSkewS: Math.round((Date.now() - date) / 1000) }) };
  response.resume();
  const code = [401, 403, 429].includes(status) ? "ENGINE_REFUSED" : "ENGINE_FAILED";
  return new ThreadFailure(code, `Edge refused the connection with HTTP ${status}`, details);
};

const readWords = (frame: Buffer): SpokenWord[] => {
  const { Metadata = [] } = JSON.parse(frame.toString()) as {
    Metadata?: { Type: string; Data: { Offset: number; Duration: number; text: { Text: string } } }[];
  };
  return Metadata.filter((item) => item.Type === "WordBoundary").map(({ Data }) => ({
    text: Data.text.Text,
    startMs: Data.Offset / TICKS_PER_MS,
    endMs: (Data.Offset + Data.Duration) / TICKS_PER_MS,
  }));
};

/** Speaks one text. Throws `ThreadFailure`: ENGINE_REFUSED, _TIMEOUT, _TRUNCATED, _EMPTY or _FAILED. */
export const callEdge = (call: EdgeCall, settings: EdgeCallSettings): Promise<EdgeAudio> => {
  // The address is private there, but read anew at every connect.
  if (settings.url !== undefined) Object.assign(MsEdgeTTS, { WSS_URL: settings.url });
  const client = new MsEdgeTTS();
  const failed = (message: string, cause?: unknown) =>
    new ThreadFailure("ENGINE_FAILED", `${message}: ${cause instanceof Error ? cause.message : String(cause)}`);
  const timedOut = (what: string, ms: number) => new ThreadFailure("ENGINE_TIMEOUT", `Edge ${what} for ${ms} ms`);

  return new Promise((resolve, reject) => {
    let socket: Socket | null = null;
    let timer: NodeJS.Timeout | undefined;
    let closed: { code: number; reason: string } | null = null;
    const audio: Buffer[] = [];
    const words: SpokenWord[] = [];
    let bytes = 0;
    let settled = false;

    const settle = (end: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      if (socket) {
        socket.onmessage = null;
        socket.onclose = null;
        socket.terminate();
      }
      end();
    };
    const fail = (error: ThreadFailure): void => settle(() => reject(error));
    const wait = (what: string, ms: number): void => {
      clearTimeout(timer);
      if (!settled) timer = setTimeout(() => fail(timedOut(what, ms)), ms);
    };

    // The client makes its socket deep inside; this is the only way to hear of the server's answer as it is.
    Object.defineProperty(client, "_ws", {
      get: () => socket,
      set: (made: Socket) => {
        socket = made;
        made.on("unexpected-response", (_request, response) => fail(refusal(response)));
        made.on("close", (code, reason) => (closed = { code, reason: reason.toString() }));
        made.on("error", () => undefined);
      },
    });

    const speak = (): void => {
      // A socket that closed meanwhile would make the client reconnect, and fail where nobody can catch it.
      const ready = socket;
      if (ready?.readyState !== OPEN) return fail(new ThreadFailure("ENGINE_TRUNCATED", "Edge hung up at once"));
      const { audioStream, metadataStream } = client.toStream(call.xml);
      const receive = ready.onmessage;
      ready.onmessage = (event) => {
        wait("was silent", settings.idleTimeoutMs);
        try {
          receive?.(event);
        } catch (error) {
          fail(failed("Edge sent a frame that its client cannot read", error));
        }
      };
      audioStream.on("data", (piece: Buffer) => {
        audio.push(piece);
        bytes += piece.length;
        if (bytes > MOST_BYTES) fail(failed("Edge sends without end", `${bytes} bytes`));
      });
      audioStream.on("error", () => {
        fail(new ThreadFailure("ENGINE_TRUNCATED", "Edge hung up before the end", { ...closed, bytes }));
      });
      audioStream.on("end", () => {
        if (bytes === 0) fail(new ThreadFailure("ENGINE_EMPTY", "Edge answered without audio"));
        else settle(() => resolve({ mp3: Buffer.concat(audio), words }));
      });
      metadataStream?.on("data", (frame: Buffer) => {
        try {
          words.push(...readWords(frame));
        } catch {
          // Times are a help, not a need: without them sentences are timed by their length.
        }
      });
      metadataStream?.on("error", () => undefined);
    };

    wait("did not let us connect", settings.connectTimeoutMs);
    const options = { voiceLocale: call.locale, wordBoundaryEnabled: true, sentenceBoundaryEnabled: false };
    client.setMetadata(call.voice, OUTPUT_FORMAT.AUDIO_24KHZ_48KBITRATE_MONO_MP3, options).then(
      () => {
        wait("was silent", settings.idleTimeoutMs);
        speak();
      },
      (error: unknown) => fail(failed("Edge cannot be reached", error)),
    );
  });
};
