import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { TemporaryStore } from "@chapterhouse/pocketbase";
import { type RunnerProcess, startRunner } from "../start-runner.ts";

/** Real runner processes. */
export class Fleet implements AsyncDisposable {
  readonly #start: () => Promise<RunnerProcess>;
  readonly #runners = new Set<RunnerProcess>();

  private constructor(start: () => Promise<RunnerProcess>) {
    this.#start = start;
  }

  static async start(
    store: TemporaryStore,
    hosts: readonly string[],
    { count, program }: { readonly count: number; readonly program?: string },
  ): Promise<Fleet> {
    const fleet = new Fleet(() => startRunner(store, hosts, program));
    await Promise.all(Array.from({ length: count }, () => fleet.add()));
    return fleet;
  }

  get runners(): readonly RunnerProcess[] {
    return [...this.#runners];
  }

  async add(): Promise<void> {
    this.#runners.add(await this.#start());
  }

  async kill(runner: RunnerProcess): Promise<void> {
    this.#runners.delete(runner);
    const gone = once(runner.process, "exit");
    runner.process.kill("SIGKILL");
    await gone;
  }

  /** SIGKILLs one at random every now and then, and starts another in its place, until `isOver`. Answers how many. */
  async killAtRandom(times: number, isOver: () => boolean): Promise<number> {
    let kills = 0;
    while (kills < times && !isOver()) {
      await sleep(300 + Math.random() * 900);
      const victim = this.runners[Math.floor(Math.random() * this.#runners.size)];
      if (!victim || isOver()) break;
      await Promise.all([this.kill(victim), this.add()]);
      kills += 1;
    }
    return kills;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.runners.map(async ({ process: runner }) => {
        const gone = once(runner, "exit");
        runner.kill("SIGTERM");
        const insist = setTimeout(() => runner.kill("SIGKILL"), 6000);
        await gone;
        clearTimeout(insist);
      }),
    );
  }
}
