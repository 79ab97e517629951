// A long book as one parent, through a temporary PocketBase and real runner processes: its children are counted all the
// time, its runners are killed, it is cancelled in the middle. Ends with 1 when a figure misses what is wanted of it.
// Figures: docs/benchmarks.md.
//   node bench/book.ts [--chapters N] [--kills N] [--scene tree|book|killed|cancel|stopped]... [--json]
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { startTemporaryStore } from "@chapterhouse/pocketbase";
import { createPocketBaseQueue } from "@chapterhouse/taskqueue";
import { Fleet } from "./book/fleet.ts";
import { cancelInMidRun, type CancelledBook, scrapeWhole, type Stage, type Whole } from "./book/scenes.ts";
import { type Figure, percentile, report } from "./report.ts";
import { startBookSite } from "./scrape/book-site.ts";

const { values } = parseArgs({
  options: {
    chapters: { type: "string", default: "3000" },
    kills: { type: "string", default: "8" },
    scene: { type: "string", multiple: true },
    json: { type: "boolean" },
  },
});
const chapters = Number(values.chapters);
const RUNNERS = 4;
const HOSTS = 8;
/** What the site takes for a chapter where it is to be interrupted. */
const SLOW_MS = 1000;
/** Lease and two rounds of the reaper, by the worker's defaults, and a little. */
const REAPED_MS = 32_000;

type Wanted = Figure & { readonly least?: number; readonly most?: number };

/** Each scene has a store, a site and runners of its own. */
const onStage = async <T>(delayMs: number, act: (stage: Stage) => Promise<T>): Promise<T> => {
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await startTemporaryStore());
  const site = await startBookSite(chapters, { hosts: HOSTS, paragraphs: 20, delayMs });
  opened.defer(() => site.close());
  const fleet = opened.use(await Fleet.start(store, site.hosts, { count: RUNNERS }));
  return await act({ store, site, fleet });
};

const treeMs = async (): Promise<number> => {
  await using store = await startTemporaryStore();
  const queue = createPocketBaseQueue(store.backend);
  const children = Array.from({ length: chapters }, (_, n) => ({ kind: "bench.part", payload: { n } }));
  const startedAt = performance.now();
  await queue.addTree({ kind: "bench.whole", payload: {}, children });
  return performance.now() - startedAt;
};

const figuresOfWhole = (name: string, { task, children, seconds, kills, checked }: Whole): Wanted[] => {
  const done = children.filter(({ status }) => status === "done").length;
  return [
    { name: `${name}_s`, value: seconds, unit: "s", note: `from its address to its end, ${kills} runners killed` },
    {
      name: `${name}_children_ms`,
      value: checked.childrenMs,
      unit: "ms",
      most: 1000,
      note: "from the first child added to the last",
    },
    { name: `${name}_samples`, value: checked.samples, unit: "samples", least: 100, note: "parent beside children" },
    { name: `${name}_wrong`, value: checked.wrong.length, unit: "samples", most: 0, note: checked.wrong[0] ?? "" },
    { name: `${name}_done`, value: Math.min(done, task.children.done), unit: "chapters", least: chapters },
    { name: `${name}_ended`, value: task.status === "done" && task.error === null ? 1 : 0, unit: "", least: 1 },
  ];
};

const figuresOfCancel = (name: string, seen: CancelledBook, most: number): Wanted[] => {
  const { acknowledgedMs, checked, children, task } = seen;
  const ms = (value: number, note: string, limit?: number) => ({
    value,
    unit: "ms",
    note,
    ...(limit !== undefined && { most: limit }),
  });
  const at = (p: number) => percentile(acknowledgedMs, p);
  const sums = children.filter(({ status }) => status === "done" || status === "cancelled").length;
  return [
    { name: `${name}_answered_ms`, ...ms(seen.answeredMs, "the call itself, with all that it cancels at once") },
    { name: `${name}_last_request_ms`, ...ms(seen.lastRequestMs, "the site's last request after the call", 1000) },
    { name: `${name}_others_settled_ms`, ...ms(seen.othersSettledMs, "all that no stopped runner held", 3000) },
    { name: `${name}_settled_ms`, ...ms(seen.settledMs, "all", most) },
    { name: `${name}_acknowledged_p50_ms`, ...ms(at(0.5), `asked to ended, of ${acknowledgedMs.length} tasks`) },
    { name: `${name}_acknowledged_p99_ms`, ...ms(at(0.99), "") },
    { name: `${name}_acknowledged_max_ms`, ...ms(Math.max(...acknowledgedMs), "") },
    { name: `${name}_at_work`, value: seen.atWork, unit: "requests", note: "under way when it was called", least: 1 },
    {
      name: `${name}_hung_up`,
      value: seen.hungUp,
      unit: "requests",
      note: "whose connections were closed on the site",
    },
    { name: `${name}_late`, value: seen.lateRequests, unit: "requests", note: "after the others had settled", most: 0 },
    { name: `${name}_wrong`, value: checked.wrong.length, unit: "samples", note: checked.wrong[0] ?? "", most: 0 },
    { name: `${name}_samples`, value: checked.samples, unit: "samples", least: 20 },
    { name: `${name}_ended`, value: sums, unit: "chapters", note: "done or cancelled", least: chapters },
    { name: `${name}_cancelled`, value: task.status === "cancelled" ? 1 : 0, unit: "", least: 1 },
  ];
};

const cancelled = (stopOne: boolean) =>
  onStage(SLOW_MS, (stage) => cancelInMidRun(stage, { after: chapters / 30, stopOne }));

const SCENES: Readonly<Record<string, () => Promise<readonly Wanted[]>>> = {
  tree: async () => [
    { name: "tree_ms", value: await treeMs(), unit: "ms", most: 1000, note: `${chapters} children in one call` },
  ],
  book: async () => figuresOfWhole("book", await onStage(0, (stage) => scrapeWhole(stage, { kills: 0 }))),
  killed: async () =>
    figuresOfWhole("killed", await onStage(0, (stage) => scrapeWhole(stage, { kills: Number(values.kills) }))),
  cancel: async () => figuresOfCancel("cancel", await cancelled(false), 3000),
  stopped: async () => figuresOfCancel("stopped", await cancelled(true), REAPED_MS),
};

const figures: Wanted[] = [];
for (const [name, measure] of Object.entries(SCENES)) {
  if (values.scene === undefined || values.scene.includes(name)) figures.push(...(await measure()));
}
figures.push({
  name: "load",
  value: loadavg()[0] ?? 0,
  unit: "",
  note: "of the machine, one minute, this bench included",
});
report("book", figures);
const missed = figures.filter(({ value, least = -Infinity, most = Infinity }) => !(value >= least && value <= most));
for (const { name, value, least, most } of missed) {
  console.error(`missed: ${name} is ${value}, wanted ${least === undefined ? `at most ${most}` : `at least ${least}`}`);
}
process.exitCode = missed.length > 0 ? 1 : 0;
