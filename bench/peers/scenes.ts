import { setTimeout as sleep } from "node:timers/promises";
import type { QueueSystem } from "./system.ts";

/** One thing that is measured. `fill` and `drain` are not: they bring a system into the state that a scene needs. */
export type Scene =
  | { readonly name: "bulk"; readonly jobs: number }
  | { readonly name: "process"; readonly jobs: number; readonly concurrency: number }
  | { readonly name: "singles"; readonly jobs: number; readonly inFlight: number }
  | { readonly name: "latency"; readonly samples: number };

const BULK = 1000;
const IDLE_CONCURRENCY = 10;
const SETTLE_MS = 10_000;
/** An idle worker is left alone for a while between two samples, not for the same while each time. */
const GAP_MS = [40, 160] as const;

const perSecond = (count: number, from: number, to = performance.now()): number => (count / (to - from)) * 1000;

/** Jobs/s, 1,000 a call, one call after the other. */
const bulk = async (system: QueueSystem, jobs: number): Promise<number[]> => {
  const from = performance.now();
  for (let added = 0; added < jobs; added += BULK) await system.addMany(BULK);
  return [perSecond(jobs, from)];
};

/** Jobs/s, each added by a call of its own that is answered when it is stored; `inFlight` of them at any time. */
const singles = async (system: QueueSystem, jobs: number, inFlight: number): Promise<number[]> => {
  const from = performance.now();
  const adder = async () => {
    for (let added = 0; added < jobs / inFlight; added += 1) await system.addOne();
  };
  await Promise.all(Array.from({ length: inFlight }, adder));
  return [perSecond(jobs, from)];
};

/** Everything that ran is settled too, and nothing is left behind: else the figure is not one of work done. */
const assertNothingLeft = async (system: QueueSystem): Promise<void> => {
  const until = performance.now() + SETTLE_MS;
  let left = await system.left();
  while (left > 0 && performance.now() < until) {
    await sleep(50);
    left = await system.left();
  }
  if (left > 0) throw new Error(`${left} jobs are left`);
};

/**
 * Jobs/s from the first handler's call to the last one's: how long a worker takes to connect is no part of it. The jobs
 * were added before.
 */
const processAll = async (system: QueueSystem, jobs: number, concurrency: number): Promise<number[]> => {
  const all = Promise.withResolvers<void>();
  let [ran, first, last] = [0, 0, 0];
  const stop = await system.work(concurrency, () => {
    ran += 1;
    if (ran === 1) first = performance.now();
    if (ran !== jobs) return;
    last = performance.now();
    all.resolve();
  });
  await all.promise;
  await assertNothingLeft(system);
  await stop();
  if (ran !== jobs) throw new Error(`${jobs} jobs ran ${ran} times`);
  return [perSecond(jobs, first, last)];
};

/** ms from the call of add to the start of the handler, in a worker that has nothing else to do. */
const latency = async (system: QueueSystem, samples: number): Promise<number[]> => {
  let started = Promise.withResolvers<void>();
  const stop = await system.work(IDLE_CONCURRENCY, () => started.resolve());
  await sleep(1000);
  const measured: number[] = [];
  for (let index = 0; index < samples; index += 1) {
    const [least, most] = GAP_MS;
    await sleep(least + Math.random() * (most - least));
    started = Promise.withResolvers();
    const from = performance.now();
    const added = system.addOne();
    await started.promise;
    measured.push(performance.now() - from);
    await added;
  }
  await assertNothingLeft(system);
  await stop();
  return measured;
};

/** Plays one scene; answers one figure, or one a sample. */
export const play = (system: QueueSystem, scene: Scene): Promise<number[]> => {
  if (scene.name === "bulk") return bulk(system, scene.jobs);
  if (scene.name === "process") return processAll(system, scene.jobs, scene.concurrency);
  if (scene.name === "singles") return singles(system, scene.jobs, scene.inFlight);
  return latency(system, scene.samples);
};
