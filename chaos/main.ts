import { parseArgs } from "node:util";
import { describeReport, findings } from "./report.ts";
import { runChaos } from "./run-chaos.ts";
import { longChaos } from "./settings.ts";

// npm run chaos -- --minutes 10 [--seed 7]: ends with 1 when anything was lost, doubled or written late.

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: `${Date.now() % 1_000_000}` },
  },
});
const startedAt = performance.now();
const say = (line: string) => {
  console.log(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${line}`);
};
const settings = longChaos(Number(values.minutes), Number(values.seed), say);
console.log(`chaos for ${values.minutes} minutes, seed ${values.seed}`);
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
const report = await runChaos(settings, stop.signal);
console.log(describeReport(report));
process.exitCode = findings(report.verdict).length > 0 ? 1 : 0;
