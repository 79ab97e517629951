// Edge's read-aloud service as far as its protocol goes, over a real WebSocket: the address's token and its
// Sec-MS-GEC are checked, SSML is checked, words are echoed as metadata, audio is real MP3. `fault` breaks it.
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { createMp3Encoder } from "wasm-media-encoders";

export type Fault =
  | "none"
  | "refuse"
  | "hang-handshake"
  | "stall"
  | "cut"
  | "empty"
  | "idle-close"
  | "no-request-id"
  | "broken-audio"
  | "close-with-1007";

const TOKEN = "6A5AA1D4EAFF4E9FB37E23D68491D6F4";
const SAMPLE_RATE = 24_000;
const MS_PER_WORD = 300;
const TICKS_PER_MS = 10_000;

/** The service takes a token of the current five minutes and of those around it. */
const tokens = (): Set<string> => {
  const windows = [-300, 0, 300].map((offset) => Math.floor(Date.now() / 1000) + 11_644_473_600 + offset);
  const digest = (seconds: number) =>
    createHash("sha256")
      .update(`${BigInt(seconds - (seconds % 300)) * 10_000_000n}${TOKEN}`)
      .digest("hex")
      .toUpperCase();
  return new Set(windows.map(digest));
};

/** A short tone a word, so that there is speech-like sound with pauses, silent at both ends as the real one is. */
const speak = async (words: number): Promise<Uint8Array> => {
  const encoder = await createMp3Encoder();
  encoder.configure({ sampleRate: SAMPLE_RATE, channels: 1, bitrate: 48 });
  const pcm = new Float32Array((SAMPLE_RATE * (words * MS_PER_WORD + 980)) / 1000);
  for (let i = 0; i < pcm.length; i += 1) {
    const ms = (i / SAMPLE_RATE) * 1000 - 180;
    const audible = ms >= 0 && ms < words * MS_PER_WORD && ms % MS_PER_WORD < MS_PER_WORD * 0.8;
    if (audible) pcm[i] = 0.2 * Math.sin((2 * Math.PI * 220 * i) / SAMPLE_RATE);
  }
  const body = Uint8Array.from(encoder.encode([pcm]));
  return Buffer.concat([body, encoder.finalize()]);
};

const unescape = (xml: string): string =>
  xml
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&apos;/g, "'")
    .replace(/&amp;/g, "&");

/** The spoken text, or null when the SSML is not well-formed. */
const textOf = (ssml: string): string | null => {
  const inside = /<prosody[^>]*>([\s\S]*)<\/prosody>/.exec(ssml)?.[1]?.trim();
  if (inside === undefined || /<|&(?!(?:lt|gt|quot|apos|amp);)/.test(inside)) return null;
  return unescape(inside);
};

export interface FakeEdgeService extends AsyncDisposable {
  readonly url: string;
  fault: Fault;
  /** Faults apply to this many requests, then everything is well. */
  faultsLeft: number;
  /** Texts that were asked for, in order. */
  readonly spoken: string[];
  readonly connections: () => number;
}

class Session {
  readonly #socket: WebSocket;
  readonly #service: FakeEdgeService;

  constructor(socket: WebSocket, service: FakeEdgeService) {
    this.#socket = socket;
    this.#service = service;
    socket.on("message", (data: Buffer) => void this.#take(data.toString()));
    socket.on("error", () => undefined);
  }

  #text(path: string, id: string, body: string): void {
    const header = id === "" ? "" : `X-RequestId:${id}\r\n`;
    this.#socket.send(`${header}Content-Type:application/json; charset=utf-8\r\nPath:${path}\r\n\r\n${body}`);
  }

  #audio(id: string, mp3: Uint8Array): void {
    const header = Buffer.from(`X-RequestId:${id}\r\nContent-Type:audio/mpeg\r\nX-StreamId:${id}\r\nPath:audio\r\n`);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(header.length);
    this.#socket.send(Buffer.concat([length, header, mp3]));
  }

  #words(id: string, words: readonly string[]): void {
    for (const [i, text] of words.entries()) {
      const Offset = (180 + i * MS_PER_WORD) * TICKS_PER_MS;
      const Data = { Offset, Duration: MS_PER_WORD * 0.8 * TICKS_PER_MS, text: { Text: text, Length: text.length } };
      this.#text("audio.metadata", id, JSON.stringify({ Metadata: [{ Type: "WordBoundary", Data }] }));
    }
  }

  async #take(message: string): Promise<void> {
    if (!message.includes("Path:ssml")) return;
    const id = /X-RequestId:(.*?)\r\n/.exec(message)?.[1] ?? "";
    const text = textOf(message.slice(message.indexOf("\r\n\r\n") + 4));
    if (text === null) return this.#socket.close(1007, "SSML is not well-formed");
    this.#service.spoken.push(text);
    const fault = takeFault(this.#service);
    this.#text("turn.start", id, "{}");
    if (fault === "stall") return;
    if (fault === "no-request-id") return this.#text("response", "", "{}");
    if (fault === "close-with-1007") return this.#socket.close(1007, "The processed audio has exceeded the maximum");
    this.#text("response", id, "{}");
    const words = text.split(/\s+/).filter((word) => word !== "");
    const mp3 = fault === "broken-audio" ? Buffer.alloc(4000, "not an mp3 ") : await speak(words.length);
    this.#words(id, words);
    if (fault === "cut") {
      this.#audio(id, mp3.subarray(0, mp3.length / 2));
      return this.#socket.terminate();
    }
    const PIECE = 7200;
    if (fault !== "empty") for (let at = 0; at < mp3.length; at += PIECE) this.#audio(id, mp3.subarray(at, at + PIECE));
    this.#text("turn.end", id, "{}");
  }
}

const takeFault = (service: FakeEdgeService): Fault => {
  if (service.faultsLeft <= 0) return "none";
  service.faultsLeft -= 1;
  return service.fault;
};

const AT_HANDSHAKE: ReadonlySet<Fault> = new Set<Fault>(["refuse", "hang-handshake", "idle-close"]);

/** Starts the service on a free port of the loopback address. */
export const startFakeEdgeService = async (): Promise<FakeEdgeService> => {
  const http = createServer((_request, response) => response.writeHead(404).end());
  const sockets = new WebSocketServer({ noServer: true });
  const open = new Set<Duplex>();
  http.on("connection", (socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  const service: FakeEdgeService = {
    url: `ws://127.0.0.1:${port}/consumer/speech/synthesize/readaloud/edge/v1`,
    fault: "none",
    faultsLeft: 0,
    spoken: [],
    connections: () => open.size,
    [Symbol.asyncDispose]: async () => {
      for (const client of sockets.clients) client.terminate();
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  http.on("upgrade", (request, socket, head) => {
    const query = new URL(request.url ?? "/", service.url).searchParams;
    const known = query.get("TrustedClientToken") === TOKEN && tokens().has(query.get("Sec-MS-GEC") ?? "");
    const fault = AT_HANDSHAKE.has(service.fault) ? takeFault(service) : "none";
    if (fault === "hang-handshake") return;
    if (!known || fault === "refuse") {
      socket.end(`HTTP/1.1 403 Forbidden\r\nDate: ${new Date().toUTCString()}\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      if (fault === "idle-close") return client.close(1001);
      void new Session(client, service);
    });
  });
  return service;
};
