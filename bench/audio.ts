// Narrates one chapter with the embedded voice, as a runner does, and measures it. Options: --text FILE (plain, one
// paragraph a line), --voice ID (an offline one), --words N, --json. Figures: docs/benchmarks.md, "audio".
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { inspectMp3 } from "../apps/runner/src/speech/audio/inspect.ts";
import { createFliteEngine } from "../apps/runner/src/speech/flite/flite-engine.ts";
import { narrateText } from "../apps/runner/src/speech/narrate.ts";
import { verifyNarration } from "../apps/runner/src/speech/verify.ts";
import { prose } from "./audio/prose.ts";
import { report } from "./report.ts";

const { values } = parseArgs({
  options: {
    text: { type: "string" },
    voice: { type: "string", default: "flite:rms" },
    words: { type: "string", default: "4000" },
    json: { type: "boolean", default: false },
  },
});

const text = values.text === undefined ? prose(Number(values.words)) : await readFile(values.text, "utf8");
const words = text.match(/\S+/g)?.length ?? 0;
const { signal } = new AbortController();
const engine = createFliteEngine();

const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
let firstAudioMs = Number.NaN;
await using spoken = await narrateText({
  text,
  voice: values.voice,
  engine,
  signal,
  onFirstAudio: () => (firstAudioMs = performance.now() - startedAt),
});
await verifyNarration(spoken, engine.readable(text), signal);
const wallMs = performance.now() - startedAt;
const cpu = process.cpuUsage(cpuBefore);
const cpuMs = (cpu.user + cpu.system) / 1000;
const residentMiB = process.resourceUsage().maxRSS / 1024;
const heard = await inspectMp3(spoken.path);
await engine.close();

report("audio", [
  { name: "words", value: words, unit: "words", note: values.voice },
  { name: "duration", value: heard.durationMs / 1000, unit: "s", note: "decoded" },
  { name: "realtime", value: heard.durationMs / wallMs, unit: "×", note: "speech, MP3, check; wall clock; want ≥ 40" },
  { name: "realtime_per_core", value: heard.durationMs / cpuMs, unit: "×", note: "by processor time; want ≥ 40" },
  { name: "first_audio", value: firstAudioMs, unit: "ms", note: "from the start to the first MP3 bytes; want ≤ 1000" },
  { name: "max_rss", value: residentMiB, unit: "MiB", note: "the whole process; want ≤ 300" },
  {
    name: "length_error",
    value: Math.abs(heard.durationMs / spoken.durationMs - 1) * 100,
    unit: "%",
    note: "want ≤ 1",
  },
  { name: "longest_silence", value: heard.longestSilenceMs / 1000, unit: "s", note: "want ≤ 3" },
  { name: "loudness", value: heard.loudnessLufs, unit: "LUFS", note: "decoded; want −19 ± 1" },
  { name: "peak", value: heard.peakDbfs, unit: "dBFS", note: "decoded; want ≤ −1" },
  { name: "bytes", value: heard.bytes / 1e6, unit: "MB" },
]);
